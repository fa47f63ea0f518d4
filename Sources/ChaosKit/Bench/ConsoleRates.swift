import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import Orders
import Synchronization

/// What a console answers, tells and exports with a million orders.
///
/// Each part has a console of its own, so that one's memory is not another's.
struct ConsoleRates: Sendable {
    /// Requests of one measurement of a list or of searches, one after the other.
    private static let requests = 200
    /// Webhooks that are followed to the socket, and how far apart they come.
    private static let (webhooks, interval): (Int, Duration) = (200, .milliseconds(20))
    /// Followers whose every order is counted; the others are asked how far they came.
    private static let counted = 8
    private static let patience = Duration.seconds(60)

    /// What people type: two very common words, one, a letter each, rare ones, numbers, beginnings of them, a mail address, nobody.
    static let commonSearch = "grace+perlman"
    private static let searches = [
        commonSearch, "grace", "g+p", "givenab", "grace+lastaab", "givenab+lastcdb", "pe", "%23100042", "50000", "trk9000",
        "grace.perlman7%40shop.example", "lastaab", "nobody", "shop.example",
    ]

    let rig: BenchRig
    let token = "bench-token-of-a-viewer"

    /// Orders a second that the first fill of the list takes.
    func fill() async throws -> Double {
        try await rig.withConnection { [size = rig.size, token] in try ConsoleOrders.fill(size.consoleOrders, token: token, $0) }
        let (console, _) = try await rig.webConsole("console-fill")
        let start = ContinuousClock.now
        let seconds = try await console.during { [rig] _ in
            while try await !rig.withConnection(ConsoleOrders.isListed) { try await Task.sleep(for: .milliseconds(50)) }
            return start.duration(to: .now).inSeconds
        }
        try await rig.withConnection(ConsoleOrders.tidyUp)
        return Double(rig.size.consoleOrders) / seconds
    }

    /// Latencies of the first page, of searches of all kinds, and of one for two very common words.
    struct Answers: Sendable {
        var list = LatencyHistogram()
        var searches = LatencyHistogram()
        var commonSearch = LatencyHistogram()
        var assertions: [Assertion] = []
    }

    func answers() async throws -> Answers {
        let (console, target) = try await rig.webConsole("console-answers")
        return try await console.during { [self] _ in
            var answers = Answers()
            func measure(_ paths: [String], _ name: String) async throws -> LatencyHistogram {
                let load = HTTPLoad(host: target.host, port: target.port, connections: 1)
                let requests = paths.map {
                    PreparedRequest(getting: $0, host: target.hostHeader, headers: [("Authorization", "Bearer \(token)")])
                }
                // Connections, statements and caches are warm in a console that is used.
                _ = try await load.run(Array(requests.prefix(Self.searches.count)))
                let result = try await load.run(requests)
                answers.assertions.append(.equal("console: \(name) answered 200", result.successes, requests.count))
                return result.latencies
            }
            let search = { (words: String) in "/orders?limit=200&q=\(words)" }
            answers.list = try await measure(Array(repeating: "/orders?limit=200", count: Self.requests), "lists")
            let all = (0..<Self.requests).map { search(Self.searches[$0 % Self.searches.count]) }
            answers.searches = try await measure(all, "searches")
            let common = Array(repeating: search(Self.commonSearch), count: Self.requests)
            answers.commonSearch = try await measure(common, "searches for common words")
            return answers
        }
    }

    /// From the first byte of a webhook to the frame on a socket, one at a time.
    func frames(repetition: Int) async throws -> (latencies: LatencyHistogram, assertions: [Assertion]) {
        let (ingest, webhooks) = try await rig.ingest()
        let (console, target) = try await rig.webConsole("console-frames")
        return try await rig.during([ingest] + (try await rig.orchestrators()) + [console]) { [self] _ in
            let (texts, continuation) = AsyncStream.makeStream(of: (String, ContinuousClock.Instant).self)
            let channel = try await follow(target, "/sync") { continuation.yield((String(buffer: $0), .now)) }
            var arrivals = texts.makeAsyncIterator()
            var latencies = LatencyHistogram()
            // A webhook that is never seen ends the measurement, and its assertion says so.
            let end = channel.eventLoop.scheduleTask(in: TimeAmount(Self.patience)) { continuation.finish() }
            defer { end.cancel() }
            _ = await arrivals.next()
            for number in 0..<Self.webhooks {
                try await Task.sleep(for: Self.interval)
                let reference = "99\(rig.seed)\(repetition)\(10_000 + number)"
                let start = ContinuousClock.now
                try await send(reference, to: webhooks)
                while let (text, at) = await arrivals.next() {
                    guard text.contains(reference) else { continue }
                    latencies.record(nanoseconds: UInt64(max(.zero, start.duration(to: at)) / .nanoseconds(1)))
                    break
                }
            }
            try await channel.close()
            return (latencies, [.equal("console: webhooks seen on the socket", latencies.count, Self.webhooks)])
        }
    }

    /// Many followers of many changes: the console's largest memory, in bytes.
    func sockets() async throws -> (memory: Double, assertions: [Assertion]) {
        let (console, target) = try await rig.webConsole("console-sockets")
        return try await console.during { [self] id in
            let tallies = (0..<rig.size.sockets).map { FeedTally(countsOrders: $0 < Self.counted) }
            var channels: [any Channel] = []
            for tally in tallies { channels.append(try await follow(target, "/sync?batch=100") { tally.take($0) }) }
            let (count, ticks) = (rig.size.changesPerSecond / 10, rig.size.seconds * 10)
            var last: Int64 = 0
            let start = ContinuousClock.now
            for tick in 0..<ticks {
                try await ContinuousClock().sleep(until: start + .milliseconds(100) * tick)
                let numbers = 1 + tick * count..<1 + (tick + 1) * count
                last = try await rig.withConnection { try ConsoleOrders.change(numbers, $0) }
            }
            let end = ContinuousClock.now + Self.patience
            while ContinuousClock.now < end, tallies.contains(where: { $0.seq < last }) {
                try await Task.sleep(for: .milliseconds(50))
            }
            let memory = await ServiceCosts(of: console, id: id).memory
            for channel in channels { try? await channel.close() }
            return (
                memory,
                [
                    .equal("console: followers that have seen everything", tallies.count { $0.seq == last }, tallies.count),
                    .equal(
                        "console: changes seen by the followers whose orders are counted",
                        tallies.prefix(Self.counted).map(\.orders).reduce(0, +),
                        min(Self.counted, tallies.count) * count * ticks
                    ),
                    .equal("console: followers told to read anew", tallies.count { $0.isLost }, 0),
                ]
            )
        }
    }

    /// An export of everything: rows a second, and the console's memory after a tenth of it and at its end, in bytes.
    func export() async throws -> (rate: Double, early: Double, late: Double, assertions: [Assertion]) {
        let (console, target) = try await rig.webConsole("console-export")
        return try await console.during { [self] id in
            var request = HTTPClientRequest(url: "http://\(target.hostHeader)/api/export/orders?format=csv")
            request.headers.add(name: "Authorization", value: "Bearer \(token)")
            let start = ContinuousClock.now
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(600))
            var lines = 0
            var early: Double?
            for try await chunk in response.body {
                lines += chunk.readableBytesView.count { $0 == UInt8(ascii: "\n") }
                if early == nil, lines > rig.size.consoleOrders / 10 { early = await ServiceCosts(of: console, id: id).memory }
            }
            let seconds = start.duration(to: .now).inSeconds
            let late = await ServiceCosts(of: console, id: id).memory
            let orders = try await rig.withConnection(ConsoleOrders.count)
            let rows: Assertion = .equal("console: lines of the export", lines, orders + 1)
            return (Double(lines) / seconds, early ?? .nan, late, [rows])
        }
    }

    private func follow(
        _ target: TargetAddress,
        _ path: String,
        _ receive: @escaping @Sendable (ByteBuffer) -> Void
    ) async throws -> any Channel {
        let group = MultiThreadedEventLoopGroup.singleton
        return try await FeedFollower.connect(to: target, path: path, token: token, group: group, receive: receive)
    }

    private func send(_ reference: String, to target: TargetAddress) async throws {
        let body = Array(
            #"{"id":\#(reference),"financial_status":"paid","total_price":"49.69","updated_at":"2026-01-18T17:00:00Z"}"#.utf8
        )
        var request = HTTPClientRequest(url: "http://\(target.hostHeader)\(Webhook.path)")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "X-Shopify-Topic", value: "orders/create")
        request.headers.add(name: "X-Shopify-Shop-Domain", value: BenchRig.shop)
        request.headers.add(name: "X-Shopify-Webhook-Id", value: "frame-\(reference)")
        let signature = ShopifySigner(secret: BenchRig.secret).signature(of: body)
        request.headers.add(name: "X-Shopify-Hmac-Sha256", value: signature)
        request.body = .bytes(body)
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(5))
        guard response.status == .ok else { throw BenchProgram.Fault(description: "a webhook was answered \(response.status)") }
    }
}

/// What one follower was told.
private final class FeedTally: Sendable {
    private struct State {
        var seq: Int64 = 0
        var orders = 0
        var isLost = false
    }

    private static let orderMark = Array(#""shopifyOrderId""#.utf8)

    private let countsOrders: Bool
    private let state = Mutex(State())

    init(countsOrders: Bool) {
        self.countsOrders = countsOrders
    }

    var seq: Int64 { state.withLock { $0.seq } }
    var orders: Int { state.withLock { $0.orders } }
    var isLost: Bool { state.withLock { $0.isLost } }

    func take(_ text: ByteBuffer) {
        // The event and its place stand at the beginning: most followers read no further.
        let head = text.getString(at: text.readerIndex, length: min(64, text.readableBytes)) ?? ""
        let seq = head.split(separator: #""seq":"#).dropFirst().first.flatMap { Int64($0.prefix { $0.isNumber }) }
        let orders = countsOrders ? Self.count(text.readableBytesView) : 0
        state.withLock { state in
            state.seq = max(state.seq, seq ?? 0)
            state.orders += orders
            state.isLost = state.isLost || head.hasPrefix(#"{"event":"RESYNC""#)
        }
    }

    private static func count(_ bytes: ByteBufferView) -> Int {
        var (count, matched) = (0, 0)
        for byte in bytes {
            matched = byte == orderMark[matched] ? matched + 1 : byte == orderMark[0] ? 1 : 0
            guard matched == orderMark.count else { continue }
            count += 1
            matched = 0
        }
        return count
    }
}
