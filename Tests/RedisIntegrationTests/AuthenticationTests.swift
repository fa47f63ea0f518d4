import Foundation
import LocalServers
import Redis
import TestLog
import Testing

/// Each test has a server of its own with a password or a certificate.
@Suite(.timeLimit(.minutes(5))) struct AuthenticationTests {
    @Test func `a password, a user and a database are used on every connection`() async throws {
        let options = ["--requirepass", "secret", "--user", "worker", "on", ">pass", "~*", "&*", "+@all"]
        try await PrivateServer.with(options: options) { server in
            let urls = ["redis://:secret@127.0.0.1:\(server.port)/2", "redis://worker:pass@127.0.0.1:\(server.port)/2"]
            for url in urls {
                var configuration = try RedisConfiguration(url: url)
                configuration.clientName = "auth"
                try await withClient(configuration) { [user = configuration.username ?? "default"] client in
                    let info = try await client.send(RedisCommand("CLIENT", ["INFO"])).string ?? ""
                    #expect(info.contains(" name=auth "))
                    #expect(info.contains(" db=2 "))
                    #expect(info.contains(" user=\(user) "))
                }
            }
        }
    }

    @Test(arguments: ["redis://:wrong@", "redis://"])
    func `a client whose password is refused goes on asking and is let in once it is right`(start: String) async throws {
        try await PrivateServer.with(options: ["--requirepass", "secret"]) { server in
            var right = server.configuration
            right.password = "secret"
            try await withClient(right) { admin in
                let log = LogLines()
                let client = makeClient(try RedisConfiguration(url: "\(start)127.0.0.1:\(server.port)"), logger: log.logger)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await client.run() }
                    try await log.waitForRefusal(because: start.contains("wrong") ? "WRONGPASS" : "NOAUTH")
                    #expect(!client.isConnected)
                    let password = start.contains("wrong") ? "wrong" : ""
                    _ = try await admin.send(RedisCommand("CONFIG", ["SET", "requirepass", .text(password)]))
                    try await client.waitUntilConnected(timeout: .seconds(60))
                    group.cancelAll()
                }
                #expect(log.lines.filter { $0.contains("cannot be reached") }.count == 1, "said for every attempt: \(log.lines)")
            }
        }
    }

    @Test func `TLS is verified against the authority and the name`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "redis-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let certificate = folder.appending(path: "cert.pem").path
        let key = folder.appending(path: "key.pem").path
        try await makeCertificate(certificate: certificate, key: key)
        let options = [
            "--port", "0", "--tls-auth-clients", "no", "--tls-cert-file", certificate, "--tls-key-file", key,
            "--tls-ca-cert-file", certificate,
        ]
        try await PrivateServer.with(options: options, portOption: "--tls-port") { server in
            for host in ["127.0.0.1", "localhost"] {
                try await withClient(RedisConfiguration(url: "rediss://\(host):\(server.port)", caFile: certificate)) { client in
                    let bytes = [UInt8](repeating: 7, count: 1 << 20)
                    let echo = try await client.send(RedisCommand("ECHO", [.bytes(bytes)]))
                    #expect(echo == .bytes(bytes))
                }
            }
            let log = LogLines()
            let untrusting = makeClient(try RedisConfiguration(url: "rediss://127.0.0.1:\(server.port)"), logger: log.logger)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await untrusting.run() }
                try await log.waitForRefusal(because: "CERTIFICATE_VERIFY_FAILED")
                #expect(!untrusting.isConnected)
                group.cancelAll()
            }
        }
    }

    @Test func `a missing authority file stops the client before it connects`() async throws {
        let client = makeClient(try RedisConfiguration(url: "rediss://127.0.0.1", caFile: "/does/not/exist.pem"))
        let error = await #expect(throws: RedisError.self) { try await client.run() }
        #expect(error?.code == .invalidConfiguration)
    }

    private func makeCertificate(certificate: String, key: String) async throws {
        let openssl = try await Tool.run(
            "openssl",
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
                + ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
                + ["-keyout", key, "-out", certificate]
        )
        guard openssl.isSuccess else { throw RedisError(.invalidConfiguration, openssl.output) }
    }
}

extension LogLines {
    /// Returns once an attempt to connect has failed, for this reason.
    fileprivate func waitForRefusal(because reason: String) async throws {
        while !lines.contains(where: { $0.contains("Redis cannot be reached") && $0.contains(reason) }) {
            try Task.checkCancellation()
            await Task.yield()
        }
    }
}
