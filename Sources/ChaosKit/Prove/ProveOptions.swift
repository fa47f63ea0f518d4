/// How a proof is made.
package struct ProveOptions: Sendable {
    /// Chooses the arrival orders, the faults and what the sandbox does.
    package var seed: UInt64 = 1
    package var arrivalOrders = 1_000
    /// Over which the deliveries are spread.
    package var duration = Duration.seconds(300)
    package var faults = 32
    package var kinds = FaultKind.allCases
    /// Multiplies how long each fault holds.
    package var faultScale = 1.0
    /// How many times its bound a recovery may take.
    package var slack = 1
    /// Connections of the sender.
    package var connections = 32
    /// How long everything may take to be merged after the last answer.
    package var settleLimit = Duration.seconds(90)
    package var stack: StackOptions

    package init(stack: StackOptions) {
        self.stack = stack
    }
}
