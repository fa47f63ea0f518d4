import HTTPServing
import NIOHTTP1
import Orders

/// Which part of a list is asked for: `cursor` and `limit` of the query.
struct PageRequest: Equatable {
    static let defaultLimit = 50

    /// The id after which the page begins.
    let cursor: Int64
    let limit: Int
    /// Neither `cursor` nor `limit` was given: the answer is a plain array.
    let isPlain: Bool

    init(_ head: HTTPRequestHead, maxPage: Int) throws(Refusal) {
        var (cursor, limit): (Substring?, Substring?)
        let query = head.uri.firstIndex(of: "?").map { head.uri[head.uri.index(after: $0)...] } ?? ""
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            switch parts[0] {
            case "cursor": cursor = parts.count == 2 ? parts[1] : ""
            case "limit": limit = parts.count == 2 ? parts[1] : ""
            default: break
            }
        }
        var faults: [Refusal.FieldFault] = []
        func number<Number: FixedWidthInteger>(_ text: Substring, _ range: ClosedRange<Number>, _ fault: Refusal.FieldFault)
            -> Number
        {
            if let number = Number(text), range.contains(number) { return number }
            faults.append(fault)
            return range.lowerBound
        }
        isPlain = cursor == nil && limit == nil
        self.cursor = cursor.map { number($0, 0...Int64.max, ("cursor", "must be the nextCursor of another page")) } ?? 0
        let atMost = "must be a whole number from 1 to \(maxPage)"
        self.limit =
            limit.map { number($0, 1...maxPage, ("limit", atMost)) } ?? (isPlain ? maxPage : min(Self.defaultLimit, maxPage))
        if !faults.isEmpty { throw .invalid(faults) }
    }

    /// The answer with a page of rows, which may have one more than the limit: then there is another page.
    func answer<Element>(
        _ path: String,
        _ rows: [Element],
        id: (Element) -> Int64,
        _ write: (inout JSONWriter, Element) -> Void
    ) -> Answer {
        let page = rows.prefix(limit)
        let next = rows.count > limit ? page.last.map(id) : nil
        var writer = JSONWriter()
        guard isPlain else {
            writer.beginObject()
            writer.array("data", page, write)
            writer.key("nextCursor")
            if let next { writer.string(String(next)) } else { writer.null() }
            writer.endObject()
            return Answer(.ok, json: writer.bytes)
        }
        writer.beginArray()
        for element in page { write(&writer, element) }
        writer.endArray()
        let link = next.map { "<\(path)?cursor=\($0)&limit=\(limit)>; rel=\"next\"" }
        return Answer(.ok, json: writer.bytes, headers: link.map { [("Link", $0)] } ?? [])
    }
}
