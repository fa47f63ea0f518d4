extension JSONValue {
    /// The elements of an array in their order; none of any other value.
    package var elements: JSONElements { JSONElements(self) }

    /// The members of an object as they are written, repeated keys included; none of any other value.
    package var members: JSONMembers { JSONMembers(self) }
}

/// The elements of an array.
package struct JSONElements: Sequence, IteratorProtocol, Sendable {
    private let storage: JSONDocument.Storage
    private var position: Int
    private let end: Int

    init(_ array: JSONValue) {
        storage = array.storage
        position = array.index + 1
        end = array.entry.kind == .array ? array.entry.reach : position
    }

    /// The next element.
    package mutating func next() -> JSONValue? {
        guard position < end else { return nil }
        let element = JSONValue(storage: storage, index: position)
        position = storage.indexAfter(position)
        return element
    }
}

/// The members of an object.
package struct JSONMembers: Sequence, IteratorProtocol, Sendable {
    private let storage: JSONDocument.Storage
    private var position: Int
    private let end: Int

    init(_ object: JSONValue) {
        storage = object.storage
        position = object.index + 1
        end = object.entry.kind == .object ? object.entry.reach : position
    }

    /// The next key, without its escapes, and its value.
    package mutating func next() -> (key: String, value: JSONValue)? {
        guard position < end else { return nil }
        let key = JSONText.decode(storage.tape[position], of: storage.bytes)
        let value = JSONValue(storage: storage, index: position + 1)
        position = storage.indexAfter(position + 1)
        return (key, value)
    }
}
