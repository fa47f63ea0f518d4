import Synchronization

/// A Lua script that runs on the server, atomically; sent by its digest, and in full only when the server lacks it.
package struct Script: Sendable {
    package let name: String
    package let source: String
    /// What the server calls the script, learned on first use; it depends on the source only, so all clients share it.
    fileprivate let digest = Digest()

    package init(name: String, source: String) {
        self.name = name
        self.source = source
    }
}

private final class Digest: Sendable {
    let value = Mutex<String?>(nil)
}

extension RedisClient {
    /// Runs the script.
    ///
    /// A server that lost the script (`NOSCRIPT`, nothing was executed) gets it in full.
    package func evaluate(
        _ script: Script,
        keys: [String],
        arguments: [RedisArgument] = []
    ) async throws(RedisError) -> RedisValue {
        let parameters = [.integer(Int64(keys.count))] + keys.map { RedisArgument.text($0) } + arguments
        do throws(RedisError) {
            let digest = try await digest(of: script)
            return try await send(RedisCommand("EVALSHA", [.text(digest)] + parameters))
        } catch  where error.serverCode == "NOSCRIPT" {
            return try await send(RedisCommand("EVAL", [.text(script.source)] + parameters))
        }
    }

    private func digest(of script: Script) async throws(RedisError) -> String {
        if let known = script.digest.value.withLock({ $0 }) { return known }
        let digest = try await send(RedisCommand("SCRIPT", ["LOAD", .text(script.source)])).requireString()
        script.digest.value.withLock { $0 = digest }
        return digest
    }
}
