/// The identifier of a stream entry, `<milliseconds>-<sequence>`; later entries are greater.
package struct EntryID: Sendable, Hashable, Comparable {
    package let milliseconds: UInt64
    package let sequence: UInt64

    /// Before every entry.
    package static let zero = EntryID(milliseconds: 0, sequence: 0)

    package init(milliseconds: UInt64, sequence: UInt64) {
        self.milliseconds = milliseconds
        self.sequence = sequence
    }

    /// Parses `1700000000000-0`; a missing sequence is 0.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let milliseconds = UInt64(parts[0]), let sequence = parts.count == 1 ? 0 : UInt64(parts[1]) else { return nil }
        self.init(milliseconds: milliseconds, sequence: sequence)
    }

    package static func < (left: EntryID, right: EntryID) -> Bool {
        (left.milliseconds, left.sequence) < (right.milliseconds, right.sequence)
    }
}

extension EntryID: CustomStringConvertible {
    package var description: String { "\(milliseconds)-\(sequence)" }
}

extension EntryID {
    var argument: RedisArgument { .text(description) }
}

extension RedisValue {
    func requireEntryID() throws(RedisError) -> EntryID {
        guard let string, let id = EntryID(string) else { throw unexpected("an entry identifier") }
        return id
    }
}
