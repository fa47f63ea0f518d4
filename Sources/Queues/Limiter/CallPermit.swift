/// Leave for one call to the outside.
package struct CallPermit: Sendable, Equatable {
    /// Counts the claims of the job that calls: a call with a smaller number than one before it comes late.
    package var attempt: Int32?
    /// The job may be another worker's from here on: the call has ended by then, or never starts.
    package var endsBefore: ContinuousClock.Instant?

    package init(attempt: Int32? = nil, endsBefore: ContinuousClock.Instant? = nil) {
        self.attempt = attempt
        self.endsBefore = endsBefore
    }
}

extension ClaimedJob {
    /// Whether the job is still ours.
    ///
    /// - Throws: `StartGate.Closed` when it may be another worker's.
    package func checkLease() throws { try gate.checkLease() }

    /// Makes one call to the outside, as soon as it is the job's turn. Everything a job does outside goes through here.
    ///
    /// - Throws: `StartGate.Closed` when the call may not be made, or what the call throws.
    package func call<Value: Sendable>(
        patience: Duration = StartGate.maxWait,
        _ make: @Sendable (CallPermit) async throws -> Value
    ) async throws -> Value {
        try await gate.pass(patience: patience) {
            try await make(CallPermit(attempt: attempt, endsBefore: gate.leaseEnd))
        }
    }
}
