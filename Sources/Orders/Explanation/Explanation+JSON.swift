extension Explanation {
    /// `{fields: [{field, value, setBy, lost, lostCount}], booking: {…}, events: {…}, asides: […], anomalies: […]}`.
    package var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        write(to: &writer)
        writer.endObject()
        return writer.bytes
    }

    /// The members of `json`, for a caller that adds its own.
    package func write(to writer: inout JSONWriter) {
        writer.array("fields", fields) { writer, field in field.write(to: &writer) }
        writer.object("booking") { writer in
            writer.member("isBooked", booking.isBooked)
            writer.member("bookable", booking.bookable)
            writer.array("reasons", booking.reasons) { writer, reason in writer.string(reason) }
        }
        writer.object("events") { writer in
            writer.member("total", Int64(counts.events))
            writer.member("read", Int64(counts.read))
            writer.member("duplicates", Int64(counts.duplicates))
            for end in EventAccount.End.allCases { writer.member(end.rawValue, Int64(counts.byEnd[end] ?? 0)) }
        }
        writer.array("asides", asides) { writer, aside in
            writer.beginObject()
            aside.event.write(to: &writer)
            writer.member("status", aside.status)
            writer.member("why", aside.why)
            writer.endObject()
        }
        writer.member("asideCount", Int64(asideCount))
        writer.array("anomalies", anomalies) { writer, anomaly in
            writer.beginObject()
            writer.member("kind", anomaly.kind.rawValue)
            writer.member("detail", anomaly.detail)
            writer.endObject()
        }
    }
}

extension Explanation.Field {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("field", name)
        writer.key("value")
        writer.value(value)
        writer.key("setBy")
        if let setBy {
            writer.beginObject()
            setBy.event.write(to: &writer)
            writer.member("reason", setBy.reason)
            writer.endObject()
        } else {
            writer.null()
        }
        writer.array("lost", lost) { writer, loss in
            writer.beginObject()
            loss.event.write(to: &writer)
            writer.member("why", loss.why)
            if let said = loss.said {
                writer.key("said")
                writer.value(said)
            }
            writer.endObject()
        }
        writer.member("lostCount", Int64(lostCount))
        writer.endObject()
    }
}

extension EventReference {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("eventId", id.description)
        writer.member("topic", topic)
        writer.member("source", source)
        writer.member("occurredAt", occurredAt)
    }
}

extension JSONWriter {
    fileprivate mutating func value(_ value: FieldValue?) {
        switch value {
        case .text(let text): string(text)
        case .json(let bytes): raw(bytes)
        case nil: null()
        }
    }
}
