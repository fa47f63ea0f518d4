extension JSONValue {
    /// The value without whitespace, members sorted by the bytes of their keys, of equal keys the last, numbers as written.
    package var canonicalJSON: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }

    private func write(to writer: inout JSONWriter) {
        switch kind {
        case .null, .bool, .number:
            writer.raw(rawBytes)
        case .string:
            writer.string(string ?? "")
        case .array:
            writer.beginArray()
            for element in elements { element.write(to: &writer) }
            writer.endArray()
        case .object:
            writer.beginObject()
            for (key, value) in sortedMembers {
                writer.key(key)
                value.write(to: &writer)
            }
            writer.endObject()
        }
    }

    private var sortedMembers: [(key: String, value: JSONValue)] {
        let sorted = members.sorted { left, right in
            if left.key.utf8.elementsEqual(right.key.utf8) { return left.value.index < right.value.index }
            return left.key.utf8.lexicographicallyPrecedes(right.key.utf8)
        }
        var distinct: [(key: String, value: JSONValue)] = []
        for member in sorted {
            if let last = distinct.last, last.key.utf8.elementsEqual(member.key.utf8) { distinct.removeLast() }
            distinct.append(member)
        }
        return distinct
    }
}
