import NIOCore
import Testing

@testable import ChaosKit

@Suite("Bytes on a link arrive as its weather lets them")
struct LinkQueueTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
    private let text = ByteBuffer(string: "hello")

    @Test func `in fair weather everything arrives at once and in order`() {
        var queue = LinkQueue()
        queue.append(text, now: start, .fair)
        queue.append(ByteBuffer(string: "world"), now: start, .fair)
        #expect(queue.next(now: start, .fair) == .deliver(text))
        #expect(queue.next(now: start, .fair) == .deliver(ByteBuffer(string: "world")))
        #expect(queue.next(now: start, .fair) == .rest)
    }

    @Test func `latency delays every byte and never lets a later one overtake`() {
        var queue = LinkQueue()
        let slow = LinkWeather(latency: .milliseconds(50))
        queue.append(text, now: start, slow)
        queue.append(text, now: start + .milliseconds(1), .fair)
        #expect(queue.next(now: start, slow) == .wait(until: start + .milliseconds(50)))
        #expect(queue.next(now: start + .milliseconds(49), .fair) == .wait(until: start + .milliseconds(50)))
        #expect(queue.next(now: start + .milliseconds(50), .fair) == .deliver(text))
        #expect(queue.next(now: start + .milliseconds(50), .fair) == .deliver(text))
    }

    @Test func `a throttled link passes no more bytes in a second than it may`() {
        var queue = LinkQueue()
        let thin = LinkWeather(bytesPerSecond: 1_000)
        queue.append(ByteBuffer(repeating: 7, count: 5_000), now: start, thin)
        var (now, passed) = (start, 0)
        while now <= start + .seconds(1) {
            switch queue.next(now: now, thin) {
            case .deliver(let bytes): passed += bytes.readableBytes
            case .wait(let until): now = until
            default: Issue.record("bytes are left")
            }
        }
        #expect((980...1_020).contains(passed))
    }

    @Test func `a black hole keeps what was sent until it is one no more`() {
        var queue = LinkQueue()
        let hole = LinkWeather(isBlackHole: true)
        queue.append(text, now: start, hole)
        queue.close(now: start, hole)
        #expect(queue.next(now: start + .hours(1), hole) == .rest)
        #expect(queue.next(now: start + .hours(1), .fair) == .deliver(text))
        #expect(queue.next(now: start + .hours(1), .fair) == .end)
        #expect(queue.next(now: start + .hours(1), .fair) == .ended)
    }

    @Test func `the end of a direction arrives after its bytes, as late as they do`() {
        var queue = LinkQueue()
        let slow = LinkWeather(latency: .milliseconds(10))
        queue.append(text, now: start, slow)
        queue.close(now: start + .milliseconds(5), slow)
        #expect(queue.next(now: start + .milliseconds(10), slow) == .deliver(text))
        #expect(queue.next(now: start + .milliseconds(10), slow) == .wait(until: start + .milliseconds(15)))
        #expect(queue.next(now: start + .milliseconds(15), slow) == .end)
    }

    @Test func `a full link asks for nothing more until bytes have arrived`() {
        var queue = LinkQueue()
        queue.append(ByteBuffer(repeating: 7, count: LinkQueue.capacity), now: start, .fair)
        #expect(!queue.hasRoom)
        _ = queue.next(now: start, .fair)
        #expect(queue.hasRoom)
    }
}
