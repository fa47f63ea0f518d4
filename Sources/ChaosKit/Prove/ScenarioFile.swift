import FoundationEssentials
import Orders

/// A set of events as people write it down; chaos/README.md describes the form.
package struct ScenarioFile: Sendable {
    /// Why a line cannot be understood.
    package struct Fault: Error, CustomStringConvertible, Equatable {
        package var line: Int
        package var reason: String

        package var description: String { "line \(line): \(reason)" }
    }

    private static let shop = "scenario.myshopify.com"
    private static let start = Instant(unixSeconds: 1_768_755_600) ?? .epoch
    private static let firstID: Int64 = 8_000_000_000_000
    /// Most events of one file.
    private static let maxEvents = 10_000

    /// What the events are about.
    package private(set) var title = ""
    package private(set) var drafts: [EventDraft] = []
    private var orders: [String: Int64] = [:]
    private var order: Int64?

    /// Reads the text.
    package init(text: String) throws {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = Words(line)
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            do throws(Words.Reason) {
                switch first {
                case "title": title = words.rest(after: 1)
                case "order": order = try identity(words.rest(after: 1))
                default: try event(words)
                }
            } catch {
                throw Fault(line: index + 1, reason: error.text)
            }
            guard drafts.count <= Self.maxEvents else {
                throw Fault(line: index + 1, reason: "a file has at most \(Self.maxEvents) events")
            }
        }
    }

    private mutating func identity(_ name: String) throws(Words.Reason) -> Int64 {
        guard !name.isEmpty else { throw Words.Reason("“order” needs a name") }
        let id = orders[name] ?? Self.firstID + Int64(orders.count)
        orders[name] = id
        return id
    }

    private mutating func event(_ words: Words) throws(Words.Reason) {
        guard let order else { throw Words.Reason("an event needs an “order NAME” above it") }
        let time = Self.start.advanced(byMicroseconds: try words.microseconds(words[0]))
        guard let topic = words[1] else { throw Words.Reason("a time needs a topic behind it") }
        var fields = try words.fields(after: 2)
        let values = [("$order", "\(order)"), ("$time", "\(time)"), ("$shop", Self.shop)].map {
            (Array($0.0.utf8), Array($0.1.utf8))
        }
        let json = words.json.map { TextReplacement(values).applied(to: Array($0.utf8)) }
        if topic.hasPrefix("courier/") {
            guard let provider = CourierProvider(String(topic.dropFirst("courier/".count))), let json else {
                throw Words.Reason("a callback is courier/PROVIDER {…}")
            }
            drafts.append(.callback(provider, body: json))
            return try Self.nothingLeft(fields)
        }
        let name = fields.removeValue(forKey: "event") ?? "scenario-\(drafts.count + 1)"
        let triggered = try fields.removeValue(forKey: "triggered").map { text throws(Words.Reason) in
            Self.start.advanced(byMicroseconds: try words.microseconds(text))
        }
        let body = if let json { json } else { try snapshot(order, time, &fields) }
        try Self.nothingLeft(fields)
        drafts.append(
            .webhook(
                Webhook(
                    topic: topic,
                    shop: Self.shop,
                    webhookID: "scenario-webhook-\(drafts.count + 1)",
                    eventID: name,
                    triggeredAt: triggered ?? time,
                    body: body
                )
            )
        )
    }

    private func snapshot(
        _ order: Int64,
        _ time: Instant,
        _ fields: inout [String: String]
    ) throws(Words.Reason) -> [UInt8] {
        guard let total = Money(fields.removeValue(forKey: "total") ?? "100.00") else { throw Words.Reason("total is no amount") }
        var draft = OrderDraft(
            id: .number(order),
            createdAt: Self.start,
            updatedAt: time,
            financialStatus: fields.removeValue(forKey: "financial") ?? "pending",
            totalPrice: total
        )
        if fields.removeValue(forKey: "cancelled") != nil { draft.cancelledAt = time }
        draft.lines = fields.removeValue(forKey: "lines").flatMap { Int($0) } ?? 1
        guard let size = BodySize(rawValue: fields.removeValue(forKey: "size") ?? "realistic") else {
            throw Words.Reason("size is minimal, realistic or full")
        }
        return draft.body(size)
    }

    private static func nothingLeft(_ fields: [String: String]) throws(Words.Reason) {
        if let unknown = fields.keys.sorted().first { throw Words.Reason("“\(unknown)” is not known here") }
    }
}

/// The words of one line, and the JSON at its end.
private struct Words {
    struct Reason: Error {
        var text: String

        init(_ text: String) {
            self.text = text
        }
    }

    let json: String?
    private let words: [Substring]

    init(_ line: Substring) {
        let brace = line.firstIndex(of: "{")
        json = brace.map { String(line[$0...]) }
        words = line[..<(brace ?? line.endIndex)].split(separator: " ")
    }

    var first: Substring? { words.first }

    subscript(index: Int) -> String? { index < words.count ? String(words[index]) : nil }

    func rest(after count: Int) -> String { words.dropFirst(count).joined(separator: " ") }

    func fields(after count: Int) throws(Reason) -> [String: String] {
        var fields: [String: String] = [:]
        for word in words.dropFirst(count) {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard fields.updateValue(parts.count > 1 ? parts[1] : "", forKey: parts[0]) == nil else {
                throw Reason("“\(parts[0])” stands there twice")
            }
        }
        return fields
    }

    /// `+1.5s` after the start of the story.
    func microseconds(_ text: String?) throws(Reason) -> Int64 {
        guard let text, text.hasPrefix("+"), let duration = Duration(written: text.dropFirst()) else {
            throw Reason("a line begins with “title”, “order” or a time like +2.5s")
        }
        return duration.microseconds
    }
}

extension EventSet {
    /// Reads a scenario or a recording.
    ///
    /// - Throws: `ScenarioRun.Refusal` that names the file and the line.
    package init(path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else { throw ScenarioRun.Refusal("\(path) cannot be read.") }
        do {
            if data.first == UInt8(ascii: "{") {
                let recording = try Recording(lines: data.split(separator: 10).map { Array($0) })
                self.init(name: "the recording \(path)", drafts: recording.deliveries.map(\.draft))
                return
            }
            let file = try ScenarioFile(text: String(decoding: data, as: UTF8.self))
            self.init(name: file.title.isEmpty ? path : file.title, drafts: file.drafts)
        } catch let fault as ScenarioFile.Fault {
            throw ScenarioRun.Refusal("\(path), \(fault).")
        } catch let fault as Recording.Fault {
            throw ScenarioRun.Refusal("\(path), \(fault).")
        }
    }
}
