import NIOCore
import Testing

@testable import Redis

@Suite struct PipelineStateMachineTests {
    typealias Machine = PipelineStateMachine<String>

    var machine = Machine(maxPendingCommands: 3, maxPendingBytes: 100)

    func request(
        _ name: String,
        id: UInt64 = 0,
        replies: Int = 1,
        bytes: Int = 10,
        deadline: UInt64 = 100,
        isBlocking: Bool = false
    ) -> Machine.Request {
        Machine.Request(
            id: id,
            replyCount: replies,
            byteCount: bytes,
            deadline: .uptimeNanoseconds(deadline),
            isBlocking: isBlocking,
            completion: name
        )
    }

    /// An action as text: what is resumed, with the values or the error code.
    func describe(_ action: Machine.Action) -> String {
        func describe(_ resumption: Machine.Resumption) -> String {
            switch resumption.result {
            case .success(let values): "\(resumption.completion)=\(values.compactMap(\.integer))"
            case .failure(let error): "\(resumption.completion)=\(error.code)"
            }
        }
        return switch action {
        case .none: "none"
        case .write: "write"
        case .resume(let resumption): describe(resumption)
        case .close(let resumptions): (["close"] + resumptions.map(describe)).joined(separator: " ")
        }
    }

    @Test mutating func `replies resume requests in the order they were sent`() {
        #expect(describe(machine.send(request("a"))) == "write")
        #expect(describe(machine.send(request("b", replies: 2))) == "write")
        #expect(describe(machine.receive(.integer(1))) == "a=[1]")
        #expect(describe(machine.receive(.integer(2))) == "none")
        #expect(describe(machine.receive(.integer(3))) == "b=[2, 3]")
    }

    @Test mutating func `a command beyond the bound is refused and room comes back with a reply`() {
        _ = machine.send(request("a"))
        _ = machine.send(request("b"))
        #expect(describe(machine.send(request("c", replies: 2))) == "c=overloaded")
        _ = machine.receive(.integer(1))
        #expect(describe(machine.send(request("c", replies: 2))) == "write")
    }

    @Test mutating func `bytes beyond the bound are refused and room comes back with a reply`() {
        _ = machine.send(request("a", bytes: 60))
        #expect(describe(machine.send(request("b", bytes: 41))) == "b=overloaded")
        #expect(describe(machine.send(request("c", bytes: 40))) == "write")
        _ = machine.receive(.integer(1))
        #expect(describe(machine.send(request("d", bytes: 60))) == "write")
    }

    @Test mutating func `the reply of a cancelled request is thrown away in its place`() {
        _ = machine.send(request("a", id: 1))
        _ = machine.send(request("b", id: 2))
        #expect(describe(machine.cancel(id: 1)) == "a=cancelled")
        #expect(describe(machine.cancel(id: 1)) == "none")
        #expect(describe(machine.receive(.integer(1))) == "none")
        #expect(describe(machine.receive(.integer(2))) == "b=[2]")
    }

    @Test mutating func `a cancelled request keeps its room until its reply has come`() {
        _ = machine.send(request("a", id: 1, replies: 3))
        _ = machine.cancel(id: 1)
        #expect(describe(machine.send(request("b"))) == "b=overloaded")
    }

    @Test mutating func `cancelling an unknown request does nothing`() {
        _ = machine.send(request("a", id: 1))
        #expect(describe(machine.cancel(id: 2)) == "none")
    }

    @Test mutating func `cancelling a blocking request closes the connection`() {
        _ = machine.send(request("a", id: 1))
        _ = machine.send(request("b", id: 2, isBlocking: true))
        #expect(describe(machine.cancel(id: 2)) == "close b=cancelled a=connectionLost")
        #expect(describe(machine.receive(.integer(1))) == "none")
    }

    @Test mutating func `a time-out closes the connection and names the oldest request`() {
        _ = machine.send(request("a", deadline: 50))
        _ = machine.send(request("b", deadline: 60))
        #expect(machine.oldestDeadline == .uptimeNanoseconds(50))
        #expect(describe(machine.deadlinePassed(now: .uptimeNanoseconds(49))) == "none")
        #expect(describe(machine.deadlinePassed(now: .uptimeNanoseconds(50))) == "close a=timeout b=connectionLost")
        #expect(machine.oldestDeadline == nil)
    }

    @Test mutating func `the deadline moves on with the replies`() {
        _ = machine.send(request("a", deadline: 50))
        _ = machine.send(request("b", deadline: 60))
        _ = machine.receive(.integer(1))
        #expect(describe(machine.deadlinePassed(now: .uptimeNanoseconds(55))) == "none")
        #expect(machine.oldestDeadline == .uptimeNanoseconds(60))
    }

    @Test mutating func `an abandoned request still times out, silently`() {
        _ = machine.send(request("a", id: 1, deadline: 50))
        _ = machine.cancel(id: 1)
        #expect(describe(machine.deadlinePassed(now: .uptimeNanoseconds(50))) == "close")
    }

    @Test mutating func `a reply without a command closes the connection`() {
        #expect(describe(machine.receive(.integer(1))) == "close")
        #expect(describe(machine.send(request("a"))) == "a=notConnected")
    }

    @Test mutating func `whoever comes after the end is told why it came`() {
        struct Refused: Error {}
        _ = machine.end(RedisError(.connectionLost, "the connection failed", underlying: Refused()))
        guard case .resume(let late) = machine.send(request("a")), case .failure(let error) = late.result else {
            Issue.record("not refused")
            return
        }
        #expect(error.code == .notConnected && error.message.contains("failed") && error.underlying is Refused)
    }

    @Test mutating func `shutting down waits for pending replies and refuses new requests`() {
        _ = machine.send(request("a"))
        #expect(describe(machine.shutDown()) == "none")
        #expect(describe(machine.send(request("b"))) == "b=closed")
        #expect(describe(machine.receive(.integer(1))) == "close a=[1]")
    }

    @Test mutating func `shutting down with nothing pending closes at once`() {
        #expect(describe(machine.shutDown()) == "close")
        #expect(describe(machine.shutDown()) == "none")
    }

    @Test mutating func `shutting down does not wait for a blocking request`() {
        _ = machine.send(request("a", isBlocking: true))
        #expect(describe(machine.shutDown()) == "close a=closed")
    }

    @Test mutating func `the end of the connection fails everything pending once`() {
        _ = machine.send(request("a"))
        _ = machine.send(request("b", replies: 2))
        _ = machine.receive(.integer(1))
        _ = machine.receive(.integer(2))
        #expect(describe(machine.end(RedisError(.connectionLost, "gone"))) == "close b=connectionLost")
        #expect(describe(machine.end(RedisError(.connectionLost, "gone"))) == "none")
    }
}
