/// A part of the order's state that has one canonical JSON form.
protocol StateCodable {
    /// Writes its fields in alphabetical order and leaves out what is empty.
    func write(_ writer: inout JSONWriter)

    /// Reads what `write` wrote.
    init(_ reader: StateReader) throws(StateError)
}

/// Reads one JSON object or array of an encoded state, and names the field that cannot be read.
struct StateReader {
    let value: JSONValue

    init(_ value: JSONValue) {
        self.value = value
    }

    func integer(_ field: String) throws(StateError) -> Int64 {
        guard let integer = value.integer(field) else { throw StateError(field: field) }
        return integer
    }

    func text(_ field: String) throws(StateError) -> String {
        guard let text = value.text(field) else { throw StateError(field: field) }
        return text
    }

    func instant(_ field: String) throws(StateError) -> Instant {
        guard let instant = Instant(microseconds: try integer(field)) else { throw StateError(field: field) }
        return instant
    }

    func digest(_ field: String) throws(StateError) -> Digest {
        guard let digest = Digest(hex: try text(field)) else { throw StateError(field: field) }
        return digest
    }

    /// Money is stored in ten-thousandths.
    func money(_ field: String) -> Money? {
        value.integer(field).map { Money(tenThousandths: $0) }
    }

    func optionalInstant(_ field: String) -> Instant? {
        value.integer(field).flatMap { Instant(microseconds: $0) }
    }

    func optional<Element: StateCodable>(_ field: String) throws(StateError) -> Element? {
        guard let element = value[field] else { return nil }
        return try Element(StateReader(element))
    }

    func required<Element: StateCodable>(_ field: String) throws(StateError) -> Element {
        guard let element: Element = try optional(field) else { throw StateError(field: field) }
        return element
    }

    /// A list that is absent when it is empty.
    func list<Element: StateCodable>(_ field: String) throws(StateError) -> [Element] {
        var list: [Element] = []
        for element in value.elements(field) { list.append(try Element(StateReader(element))) }
        return list
    }
}

extension JSONWriter {
    mutating func member(_ name: String, _ value: (some StateCodable)?) {
        guard let value else { return }
        key(name)
        value.write(&self)
    }

    /// Canonical JSON, as it is.
    mutating func member(_ name: String, raw json: [UInt8]?) {
        guard let json else { return }
        key(name)
        raw(json)
    }

    /// A list is left out when it is empty.
    mutating func list(_ name: String, _ elements: [some StateCodable]) {
        guard !elements.isEmpty else { return }
        array(name, elements) { writer, element in element.write(&writer) }
    }

    mutating func list(_ name: String, _ texts: [String]) {
        guard !texts.isEmpty else { return }
        array(name, texts) { writer, text in writer.string(text) }
    }
}
