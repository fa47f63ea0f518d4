import Logging
import Postgres
import Testing

@testable import HTTPServing

/// A batch that PostgreSQL refuses is divided until whatever is at fault stands alone.
@Suite struct BlameTests {
    private struct Committer: BatchCommitter {
        final class Pending: PendingCommit {
            let bytes = 0

            func refuse(_ refusal: CoalescerRefusal) {}
        }

        func commit(
            _ batch: [Pending],
            _ durability: Durability,
            on connection: isolated PostgresConnection
        ) throws -> [CommitResult<Int>] { [] }

        func commitAgain(
            _ batch: [Pending],
            after error: any Error,
            on connection: isolated PostgresConnection
        ) throws -> [CommitResult<Int>] { [] }

        func answer(_ batch: [Pending], _ outcomes: [CommitResult<Int>]) {}
    }

    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private static func refusal(_ sqlState: String) -> PostgresError {
        var error = PostgresError(.server, "no")
        error.sqlState = sqlState
        return error
    }

    /// What each of the numbers 1 to 8 is answered, and the batches that were tried. Who is stored is answered its number.
    private static func divide(
        _ durability: Durability = .flushed,
        _ work: ([Int]) throws -> Void
    ) throws -> (answers: [CommitResult<Int>], tried: [[Int]]) {
        var tried: [[Int]] = []
        let answers = try Committer().dividing(Array(1...8), durability, logger: logger) { numbers in
            tried.append(numbers)
            try work(numbers)
            return numbers
        }
        return (answers, tried)
    }

    @Test func `the one at fault is refused, and every other one stored`() throws {
        let (answers, tried) = try Self.divide { if $0.contains(6) { throw Self.refusal("22001") } }
        let expected = (1...8).map { $0 == 6 ? Result.failure(CoalescerRefusal.unstorable) : .success($0) }
        #expect(answers == expected)
        #expect(tried == [Array(1...8), [1, 2, 3, 4], [5, 6, 7, 8], [5, 6], [5], [6], [7, 8]])
    }

    /// A buyer who did not hear would buy again.
    @Test(arguments: [PostgresError(.connectionLost, "gone"), refusal("40001")])
    func `when the second half fails, those of the first hear that they are stored`(error: PostgresError) throws {
        let (answers, tried) = try Self.divide { numbers in
            if numbers.count == 8 { throw Self.refusal("23514") }
            if numbers.contains(5) { throw error }
        }
        #expect(answers == (1...8).map { $0 > 4 ? .failure(.failed) : .success($0) })
        #expect(tried == [Array(1...8), [1, 2, 3, 4], [5, 6, 7, 8]])
    }

    /// It is not durable either before the round is flushed, and nobody flushes it over a broken connection.
    @Test func `when the second half of an early part fails, nobody hears that the first is stored`() throws {
        let error = #expect(throws: PostgresError.self) {
            _ = try Self.divide(.deferred) { numbers in
                if numbers.count == 8 { throw Self.refusal("23514") }
                if numbers.contains(5) { throw PostgresError(.connectionLost, "gone") }
            }
        }
        #expect(error?.code == .connectionLost)
    }

    @Test func `a half in which nobody was stored says nothing, and the error is the batch's`() throws {
        let error = #expect(throws: PostgresError.self) {
            _ = try Self.divide { numbers in
                if numbers.count > 1 || numbers[0] < 5 { throw Self.refusal("22001") }
                throw PostgresError(.connectionLost, "gone")
            }
        }
        #expect(error?.code == .connectionLost)
    }

    @Test func `an error that another attempt may mend divides nothing`() throws {
        var tries = 0
        let error = #expect(throws: PostgresError.self) {
            _ = try Self.divide { _ in
                tries += 1
                throw PostgresError(.connectionLost, "gone")
            }
        }
        #expect(error?.code == .connectionLost)
        #expect(tries == 1)
    }
}
