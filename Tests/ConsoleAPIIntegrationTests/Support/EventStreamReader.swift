import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// A client of server-sent events.
enum EventStreamReader {
    /// What has come when this text has come.
    static func read(
        _ client: ConsoleClient,
        _ path: String,
        headers: [(String, String)] = [],
        until text: String
    ) async throws -> String {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(client.port)\(path)")
        if let cookie = client.cookie { request.headers.add(name: "Cookie", value: cookie) }
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        var received = ""
        for try await buffer in response.body {
            received += String(buffer: buffer)
            if received.contains(text) { break }
        }
        return received
    }
}
