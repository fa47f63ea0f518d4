import Testing

@testable import ConsoleAPI

@Suite("A place in the live feed")
struct FeedCursorTests {
    typealias Cursor = FeedCursorStateMachine

    @Test func `begins at the head, says so, and waits`() {
        var cursor = Cursor(since: nil, head: 40, coalescesAlways: false)
        #expect(cursor.next(oldest: 0, head: 40) == .hello(40))
        #expect(cursor.next(oldest: 0, head: 40) == .wait(after: 40))
        #expect(cursor.next(oldest: 0, head: 41) == .read(after: 40, limit: Cursor.maxRead, coalescing: false))
        cursor.advance(to: 41)
        #expect(cursor.next(oldest: 0, head: 41) == .wait(after: 41))
    }

    @Test func `resumes behind what the client has, without a gap`() {
        var cursor = Cursor(since: 12, head: 40, coalescesAlways: false)
        #expect(cursor.next(oldest: 0, head: 40) == .hello(12))
        #expect(cursor.next(oldest: 0, head: 40) == .read(after: 12, limit: Cursor.maxRead, coalescing: false))
        cursor.advance(to: 20)
        #expect(cursor.next(oldest: 0, head: 40) == .read(after: 20, limit: Cursor.maxRead, coalescing: false))
        cursor.advance(to: 19)
        #expect(cursor.cursor == 20)
    }

    @Test(
        arguments: [
            (since: Int64(3), oldest: Int64(4), head: Int64(40)), (since: 41, oldest: 0, head: 40),
            (since: 0, oldest: 0, head: 5_001),
        ]
    )
    func `is given up when it is older than the log, beyond its head, or too far behind`(
        place: (since: Int64, oldest: Int64, head: Int64)
    ) {
        var cursor = Cursor(since: place.since, head: place.head, coalescesAlways: false)
        _ = cursor.next(oldest: place.oldest, head: place.head)
        #expect(cursor.next(oldest: place.oldest, head: place.head) == .resync(place.head))
        #expect(cursor.next(oldest: place.oldest, head: place.head) == .wait(after: place.head))
    }

    @Test func `keeps only the latest of each order when much waits, or when asked to`() {
        var cursor = Cursor(since: 0, head: 501, coalescesAlways: false)
        _ = cursor.next(oldest: 0, head: 501)
        #expect(cursor.next(oldest: 0, head: 501) == .read(after: 0, limit: Cursor.maxRead, coalescing: true))
        #expect(cursor.next(oldest: 0, head: 500) == .read(after: 0, limit: Cursor.maxRead, coalescing: false))
        var batched = Cursor(since: 0, head: 1, coalescesAlways: true)
        _ = batched.next(oldest: 0, head: 1)
        #expect(batched.next(oldest: 0, head: 1) == .read(after: 0, limit: Cursor.maxRead, coalescing: true))
    }
}
