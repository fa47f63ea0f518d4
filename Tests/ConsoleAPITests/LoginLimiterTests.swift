import Orders
import Testing

@testable import ConsoleAPI

@Suite("The limit on passwords tried")
struct LoginLimiterTests {
    private func time(_ seconds: Int64) throws -> Instant { try #require(Instant(unixSeconds: 1_790_000_000 + seconds)) }

    @Test func `counts by user and by address, and ends with its window`() throws {
        var limiter = LoginLimiterStateMachine()
        for number in 0..<LoginLimiterStateMachine.maxFailures {
            #expect(limiter.attempt(address: "10.0.0.\(number)", user: "ana", now: try time(Int64(number))) == .allowed)
        }
        #expect(limiter.attempt(address: "10.1.0.1", user: "Ana", now: try time(10)) == .refused(seconds: 291))
        #expect(limiter.attempt(address: "10.1.0.1", user: "bea", now: try time(10)) == .allowed)
        #expect(limiter.attempt(address: "10.1.0.1", user: "ana", now: try time(300)) == .allowed)
    }

    @Test func `counts one address, whoever's passwords it tries`() throws {
        var limiter = LoginLimiterStateMachine()
        for number in 0..<LoginLimiterStateMachine.maxFailures {
            #expect(limiter.attempt(address: "10.0.0.1", user: "user \(number)", now: try time(Int64(number))) == .allowed)
        }
        #expect(limiter.attempt(address: "10.0.0.1", user: "ana", now: try time(10)) == .refused(seconds: 291))
        #expect(limiter.attempt(address: "10.0.0.2", user: "ana", now: try time(10)) == .allowed)
    }

    @Test func `forgets what was tried before the right password`() throws {
        var limiter = LoginLimiterStateMachine()
        for _ in 0..<9 { _ = limiter.attempt(address: "10.0.0.1", user: "ana", now: try time(0)) }
        limiter.succeeded(address: "10.0.0.1", user: "ana")
        #expect(limiter.count == 0)
    }

    @Test func `remembers no more names than it may`() throws {
        var limiter = LoginLimiterStateMachine()
        for number in 0..<5_000 {
            _ = limiter.attempt(address: "address \(number)", user: "user \(number)", now: try time(Int64(number) / 100))
        }
        #expect(limiter.count <= LoginLimiterStateMachine.maxKeys)
    }
}
