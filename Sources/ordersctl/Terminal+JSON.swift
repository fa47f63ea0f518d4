import Orders
import Postgres

/// Results for programs.
extension Terminal {
    /// One line of JSON.
    static func showJSON(_ write: (inout JSONWriter) -> Void) {
        show(json(write))
    }

    /// One line with an array, one call of the closure an element.
    static func showJSONArray<Element>(
        _ elements: some Sequence<Element>,
        _ write: (inout JSONWriter, Element) -> Void
    ) {
        showJSON { writer in
            writer.beginArray()
            for element in elements { write(&writer, element) }
            writer.endArray()
        }
    }

    static func json(_ write: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        write(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    static func time(_ timestamp: PostgresTimestamp?) -> String? {
        timestamp.flatMap { Instant(microseconds: $0.microseconds) }?.iso8601
    }
}
