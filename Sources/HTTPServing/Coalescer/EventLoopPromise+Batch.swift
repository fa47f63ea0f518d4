package import NIOCore

extension EventLoopPromise where Value: Sendable {
    /// Completes many promises with one visit to each of their event loops: a visit for each promise costs a lock and may
    /// cost a wake-up.
    package static func complete(_ promises: [(promise: EventLoopPromise<Value>, result: Result<Value, any Error>)]) {
        let loops = Dictionary(grouping: promises) { ObjectIdentifier($0.promise.futureResult.eventLoop) }
        for promises in loops.values {
            promises[0].promise.futureResult.eventLoop.execute {
                for (promise, result) in promises { promise.completeWith(result) }
            }
        }
    }
}
