import NIOCore
import NIOPosix

/// A pause between two looks at something that others are working on: whoever looks without one takes the processor from them.
package enum Moment {
    private static let length = TimeAmount.milliseconds(10)

    package static func pass() async throws {
        try Task.checkCancellation()
        try await MultiThreadedEventLoopGroup.singleton.next().scheduleTask(in: length) {}.futureResult.get()
    }
}
