/// An entry of a stream: fields in their order, names may repeat.
package struct StreamEntry: Sendable, Equatable {
    /// A name and its value.
    package struct Field: Sendable, Equatable {
        package var name: String
        package var value: [UInt8]

        package init(_ name: String, _ value: [UInt8]) {
            self.name = name
            self.value = value
        }

        package init(_ name: String, _ value: String) {
            self.init(name, Array(value.utf8))
        }
    }

    package let id: EntryID
    /// Empty when the entry is pending but was deleted from the stream.
    package let fields: [Field]

    package init(id: EntryID, fields: [Field]) {
        self.id = id
        self.fields = fields
    }

    /// The value of the first field of that name.
    package subscript(name: String) -> [UInt8]? {
        fields.first { $0.name == name }?.value
    }
}

extension RedisValue {
    func requireEntry() throws(RedisError) -> StreamEntry {
        let parts = try requireArray(count: 2)
        var fields: [StreamEntry.Field] = []
        if parts[1] != .null {
            let pairs = try parts[1].requireArray()
            for index in stride(from: 0, to: pairs.count - 1, by: 2) {
                guard case .bytes(let value) = pairs[index + 1] else { throw pairs[index + 1].unexpected("a field value") }
                fields.append(StreamEntry.Field(try pairs[index].requireString(), value))
            }
        }
        return StreamEntry(id: try parts[0].requireEntryID(), fields: fields)
    }

    func requireEntries() throws(RedisError) -> [StreamEntry] {
        var entries: [StreamEntry] = []
        // Redis 6.2 leaves null where a claimed entry was deleted.
        for value in try requireArray() where value != .null {
            entries.append(try value.requireEntry())
        }
        return entries
    }

    func requireEntryIDs() throws(RedisError) -> [EntryID] {
        var ids: [EntryID] = []
        for value in try requireArray() {
            ids.append(try value.requireEntryID())
        }
        return ids
    }
}
