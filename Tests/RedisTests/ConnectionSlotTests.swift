import Testing

@testable import Redis

@Suite struct ConnectionSlotTests {
    var slot = ConnectionSlot<String, Int>(maxWaiters: 2)

    func code(_ result: Result<some Any, RedisError>) -> RedisError.Code? {
        if case .failure(let error) = result { error.code } else { nil }
    }

    func code(_ action: ConnectionSlot<String, Int>.WaitAction) -> RedisError.Code? {
        if case .resume(let result) = action { code(result) } else { nil }
    }

    @Test mutating func `without a connection everybody is told at once`() {
        #expect(code(slot.connection) == .notConnected)
        #expect(slot.connect("first").isEmpty)
        #expect((try? slot.connection.get()) == "first")
        slot.disconnect()
        #expect(code(slot.connection) == .notConnected)
    }

    @Test mutating func `a connection resumes those who wait, once`() {
        guard case .wait = slot.wait(id: 1, 1), case .wait = slot.wait(id: 2, 2) else {
            Issue.record("both should wait")
            return
        }
        #expect(slot.cancelWait(id: 1) == 1)
        #expect(slot.cancelWait(id: 1) == nil)
        #expect(slot.connect("first") == [2])
        #expect(slot.connect("second").isEmpty)
    }

    @Test mutating func `only so many may wait`() {
        _ = slot.wait(id: 1, 1)
        _ = slot.wait(id: 2, 2)
        #expect(code(slot.wait(id: 3, 3)) == .overloaded)
    }

    @Test mutating func `a closed slot stays closed`() {
        _ = slot.wait(id: 1, 1)
        #expect(slot.close() == [1])
        #expect(code(slot.connection) == .closed)
        #expect(code(slot.wait(id: 2, 2)) == .closed)
        slot.disconnect()
        #expect(code(slot.connection) == .closed)
    }
}
