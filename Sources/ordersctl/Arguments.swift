import ArgumentParser
import FoundationEssentials
import Orders
import Queues

extension Queue: ExpressibleByArgument {}
extension CourierStatus: ExpressibleByArgument {}

extension UUID {
    @Sendable static func fromArgument(_ text: String) throws -> UUID {
        guard let id = UUID(uuidString: text) else { throw ValidationError("It takes a UUID.") }
        return id
    }
}

/// Numbers on the command line, within what they can mean.
enum Bounded {
    /// Rows of a list.
    static let rows: ClosedRange<Int32> = 1...10_000
    /// Ports of a machine.
    static let ports = 1...65_535
    /// Seconds that a command waits.
    static let seconds = 0...86_400

    static func number<Number: FixedWidthInteger & Sendable>(
        _ range: ClosedRange<Number>
    ) -> @Sendable (String) throws -> Number {
        { text in
            guard let number = Number(text), range.contains(number) else {
                throw ValidationError("It takes a number from \(range.lowerBound) to \(range.upperBound).")
            }
            return number
        }
    }
}
