package import Logging
package import NIOCore
import NIOHTTP1
import Synchronization

/// Writes a line for each refusal, but not for each of a flood: beyond so many a second it says how many there were.
package final class RefusalLog: Sendable {
    /// Most lines within one second.
    package static let linesPerSecond = 20

    private let logger: Logger
    private let timers: any EventLoop
    private let machine = Mutex(RefusalLogStateMachine(lines: linesPerSecond))

    /// - Parameter timers: where the ends of seconds are scheduled.
    package init(logger: Logger, timers: any EventLoop) {
        self.logger = logger
        self.timers = timers
    }

    /// - Parameter source: who sent what was refused, as metrics name it.
    package func write(_ refusal: Refusal, source: String) {
        let action = machine.withLock { $0.refused() }
        if action == .leaveOut { return }
        logger.notice(
            "A request was refused.",
            metadata: [
                "event.source": "\(source)", "http.status": "\(refusal.status.code)", "reason": "\(refusal.sentence)",
            ]
        )
        if action == .writeFirst { timers.scheduleTask(in: .seconds(1)) { self.secondEnded() } }
    }

    private func secondEnded() {
        let count = machine.withLock { $0.secondEnded() }
        if count > 0 {
            logger.notice("More requests were refused than are logged one by one.", metadata: ["refused.unlogged": "\(count)"])
        }
    }
}

/// Decides which refusals get a line of their own. A second begins with the first refusal after the one before has ended.
struct RefusalLogStateMachine {
    enum Action {
        /// Write it, and say `secondEnded` a second later.
        case writeFirst
        case write
        case leaveOut
    }

    private let lines: Int
    /// Within the second that runs; none runs while it is zero.
    private var count = 0

    init(lines: Int) {
        self.lines = lines
    }

    mutating func refused() -> Action {
        count += 1
        return count == 1 ? .writeFirst : count <= lines ? .write : .leaveOut
    }

    /// How many were left out.
    mutating func secondEnded() -> Int {
        defer { count = 0 }
        return max(0, count - lines)
    }
}
