import Crypto
import CryptoExtras
import FoundationEssentials
import NIOPosix
import Synchronization

/// Hashes passwords by scrypt, a few at a time and never on an event loop.
package final class PasswordHasher: Sendable {
    /// Characters of a password that somebody chooses.
    static let passwordLength = 10...256
    /// 32 MiB and some tens of milliseconds a hash.
    private static let (logRounds, blockSize, parallelism) = (15, 8, 1)
    private static let hashLength = 32
    private static let saltLength = 16
    /// Hashes under way or waiting; one more is refused, so that a flood of sign-ins cannot fill the memory.
    private static let maxWaiting = 8
    /// One at a time: a flood of sign-ins must leave a core to the rest.
    private static let threads = 1

    private let pool = NIOThreadPool(numberOfThreads: PasswordHasher.threads)
    private let waiting = Atomic(0)
    private let randomBytes: @Sendable (Int) -> [UInt8]

    package init(randomBytes: @escaping @Sendable (Int) -> [UInt8]) {
        self.randomBytes = randomBytes
        pool.start()
    }

    deinit {
        pool.shutdownGracefully { _ in }
    }

    /// A new hash with its parameters and its salt, as text to store.
    package func hash(_ password: String) async throws -> String {
        let salt = randomBytes(Self.saltLength)
        let tag = try await run {
            let key = try Self.derive(password, salt: salt, logRounds: Self.logRounds)
            return Array(HMAC<SHA256>.authenticationCode(for: Self.context, using: key))
        }
        return "scrypt$\(Self.logRounds)$\(Data(salt).base64EncodedString())$\(Data(tag).base64EncodedString())"
    }

    /// Whether the password is the one of the stored hash. Without a hash it takes as long and says no, so that nobody learns
    /// which names there are.
    func verify(_ password: String, stored: String?) async throws -> Bool {
        let parts = (stored ?? "").split(separator: "$")
        guard parts.count == 4, parts[0] == "scrypt", let logRounds = Int(parts[1]), (10...20).contains(logRounds),
            let salt = Data(base64Encoded: String(parts[2])), let expected = Data(base64Encoded: String(parts[3]))
        else {
            _ = try await run { try Self.derive(password, salt: [0], logRounds: Self.logRounds) }
            return false
        }
        return try await run {
            let key = try Self.derive(password, salt: Array(salt), logRounds: logRounds)
            // Compares without telling by the time it takes where the first difference is.
            return HMAC<SHA256>.isValidAuthenticationCode(expected, authenticating: Self.context, using: key)
        }
    }

    /// What the derived key signs: the signature is stored, the key never leaves this file.
    private static let context = Array("orders-orchestrator console password".utf8)

    private func run<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        defer { waiting.subtract(1, ordering: .relaxed) }
        guard waiting.add(1, ordering: .relaxed).newValue <= Self.maxWaiting else {
            throw APIError(.unavailable, "Too many people sign in at the moment; try again.")
        }
        return try await pool.runIfActive(body)
    }

    private static func derive(_ password: String, salt: [UInt8], logRounds: Int) throws -> SymmetricKey {
        try KDF.Scrypt.deriveKey(
            from: Array(password.utf8),
            salt: salt,
            outputByteCount: hashLength,
            rounds: 1 << logRounds,
            blockSize: blockSize,
            parallelism: parallelism
        )
    }
}
