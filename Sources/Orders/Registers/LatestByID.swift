/// What a register did with an entry.
package enum Joined<Entry: Sendable>: Sendable {
    case added
    case replaced(Entry)
    case superseded(by: Entry)
    case known
}

/// A map by id in which the entry with the greater key stays.
///
/// Joining is commutative, associative and idempotent, because keys are totally ordered and equal keys mean equal entries.
/// Beyond `limit` ids the smallest (key, id) is forgotten, which is a join too: what was forgotten once loses against the
/// same rivals for ever.
package struct LatestByID<Entry: RegisterEntry>: Equatable, Sendable {
    /// How many ids one order keeps in one register.
    package static var limit: Int { 512 }

    /// Sorted by id.
    package private(set) var entries: [Entry] = []

    package init(_ entries: [Entry] = []) {
        for entry in entries { join(entry) }
    }

    package subscript(id: ExactText) -> Entry? {
        let place = place(of: id)
        return place < entries.count && entries[place].id == id ? entries[place] : nil
    }

    /// Joins one entry and says what came of it.
    @discardableResult
    package mutating func join(_ entry: Entry) -> Joined<Entry> {
        let place = place(of: entry.id)
        guard place < entries.count, entries[place].id == entry.id else {
            entries.insert(entry, at: place)
            forgetBeyondLimit()
            return .added
        }
        let current = entries[place]
        if current.key == entry.key { return .known }
        if entry.key < current.key { return .superseded(by: current) }
        entries[place] = entry
        return .replaced(current)
    }

    /// Rewrites every entry without touching its id or key.
    package mutating func rewrite(_ change: (inout Entry) -> Void) {
        for index in entries.indices { change(&entries[index]) }
    }

    private func place(of id: ExactText) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func forgetBeyondLimit() {
        guard entries.count > Self.limit else { return }
        let smallest = entries.indices.min { left, right in
            let (left, right) = (entries[left], entries[right])
            return left.key == right.key ? left.id < right.id : left.key < right.key
        }
        if let smallest { entries.remove(at: smallest) }
    }
}

/// One entry of a `LatestByID` register.
package protocol RegisterEntry: Equatable, Sendable {
    associatedtype Key: Comparable & Sendable
    /// What the entry is about.
    var id: ExactText { get }
    /// Who wins among entries of one id; equal keys mean equal entries.
    var key: Key { get }
    /// What a person calls it, without personal data.
    var summary: String { get }
}
