import Foundation
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Orders
import ServiceRuntime

@testable import HTTPServing
@testable import Ingest

extension FuzzTarget {
    /// A connection of ingest: however the bytes are cut, the answers are the same, and none is missing its length.
    static let http = FuzzTarget(
        name: "http",
        dictionary: [
            "POST /webhooks/shopify HTTP/1.1\r\n", "Content-Length: ", "Transfer-Encoding: chunked\r\n",
            "Expect: 100-continue\r\n",
            "Connection: close\r\n", "Connection: upgrade\r\nUpgrade: h2c\r\n", "\r\n\r\n", "0\r\n\r\n",
            "GET /health HTTP/1.0\r\n", "Content-Type: application/json\r\n",
            "18446744073709551616", "-1", "X-Shopify-Topic: ", "X-Shopify-Hmac-Sha256: ", "\r\n ", "\0",
        ]
    ) { bytes in
        let whole = try HTTPWorld.answers([bytes[...]])
        let cut = bytes.isEmpty ? 0 : Int(bytes[bytes.count / 2]) * bytes.count / 256
        let halves = try HTTPWorld.answers([bytes[..<cut], bytes[cut...]])
        try hold(whole.statuses == halves.statuses, "cut at \(cut): \(whole.statuses) and \(halves.statuses)")
        try hold(whole.isOpen == halves.isOpen, "cut at \(cut): one connection is closed")
        return "\(whole.statuses.prefix(4)) \(whole.isOpen)"
    }
}

/// Connections to an ingest that has no PostgreSQL: what could be stored is answered 503.
enum HTTPWorld {
    struct Answers {
        var statuses: [String] = []
        var isOpen = true
    }

    private static let configuration: IngestConfiguration = {
        var settings = SettingsReader(layers: [["SHOPIFY_VERIFY": "off", "COURIER_NATIVE_AUTH": "none"]])
        return IngestConfiguration(settings: &settings)
    }()
    private static let allowed: Set = ["100", "200", "400", "401", "404", "405", "413", "415", "431", "503"]

    static func answers(_ chunks: [ArraySlice<UInt8>]) throws -> Answers {
        let channel = EmbeddedChannel()
        let coalescer = Coalescer(
            name: "ingest",
            limits: configuration.coalescerLimits,
            linger: configuration.linger,
            timers: channel.eventLoop
        )
        let receiver = WebhookReceiver(
            configuration: configuration,
            coalescer: coalescer,
            refusals: RefusalLog(logger: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() }, timers: channel.eventLoop),
            now: { .epoch }
        )
        let site = configuration.site(routes: receiver.routes, receiver: receiver, now: { .epoch })
        try RequestChannel.addHandlers(to: channel.pipeline.syncOperations, site: site)
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/ingest")).wait()
        for chunk in chunks where channel.isActive {
            // The decoder's complaint also reaches whoever wrote the bytes.
            _ = try? channel.writeInbound(ByteBuffer(bytes: chunk))
            channel.embeddedEventLoop.run()
        }
        var answers = Answers()
        answers.isOpen = channel.isActive
        var text = ""
        while let answer = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: answer) }
        answers.statuses = try statuses(text)
        _ = try? channel.finish(acceptAlreadyClosed: true)
        try hold(site.budget.reserve(configuration.maxBodiesBytes), "a body's bytes were not given back")
        return answers
    }

    /// The status of each answer; every one says how long it is.
    private static func statuses(_ text: String) throws -> [String] {
        var statuses: [String] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            guard let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) else { throw FuzzFailure("half an answer") }
            let head = String(decoding: rest[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
            rest = rest[end.upperBound...]
            let status = String(head[0].dropFirst(9).prefix(3))
            try hold(head[0].hasPrefix("HTTP/1.1 ") && allowed.contains(status), "answered with \(head[0])")
            let lengths = head.filter { $0.lowercased().hasPrefix("content-length:") }
            let length = lengths.first.flatMap { Int($0.dropFirst(15).drop { $0 == " " }) } ?? 0
            try hold(lengths.count == (status == "100" ? 0 : 1) && length <= rest.count, "an answer without its length")
            rest = rest.dropFirst(length)
            if status != "100" { statuses.append(status) }
        }
        return statuses
    }
}
