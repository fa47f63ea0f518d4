/// One figure of a benchmark, measured several times.
package struct Measurement: Sendable, Equatable {
    /// What a figure is asked to reach.
    package enum Goal: Sendable, Equatable {
        case atLeast(Double)
        case atMost(Double)

        /// Whether the value reaches it.
        package func isReached(by value: Double) -> Bool {
            switch self {
            case .atLeast(let goal): value >= goal
            case .atMost(let goal): value <= goal
            }
        }

        var text: String {
            switch self {
            case .atLeast(let goal): "≥ \(Figures.number(goal))"
            case .atMost(let goal): "≤ \(Figures.number(goal))"
            }
        }
    }

    package var name: String
    package var unit: String
    package var values: [Double]
    package var goal: Goal?

    package init(_ name: String, unit: String, values: [Double], goal: Goal? = nil) {
        self.name = name
        self.unit = unit
        self.values = values
        self.goal = goal
    }

    /// The middle of the values.
    package var median: Double { Figures.median(values) }

    /// This figure as a multiple of another one of the same run.
    package func ratio(to other: Measurement, name: String, goal: Goal? = nil) -> Measurement {
        Measurement(name, unit: "×", values: [median / other.median], goal: goal)
    }
}
