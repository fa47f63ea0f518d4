/// The members of one wide object, found by name without a scan for each.
///
/// An order has about a hundred members and we want thirty of them. Of equal keys the last counts, as everywhere.
struct MemberIndex {
    private let object: JSONValue
    /// Widest object that is indexed: a sender can choose keys that collide, and their cost must stay bounded.
    static let maxMembers = 1_024

    /// Tape places of the keys, by hash; zero is free. Empty when a key is escaped or there are too many: then the object
    /// itself is asked.
    private var slots: [Int32]

    init(_ object: JSONValue) {
        self.object = object
        let tape = object.storage.tape
        slots = []
        guard object.isObject else { return }
        var keys: [Int] = []
        var next = object.index + 1
        while next < object.entry.reach {
            if tape[next].kind == .escapedString || keys.count == Self.maxMembers { return }
            keys.append(next)
            next = object.storage.indexAfter(next + 1)
        }
        var size = 16
        while size < 2 * keys.count { size *= 2 }
        slots = Array(repeating: 0, count: size)
        for key in keys {
            let name = object.storage.bytes[tape[key].start..<tape[key].reach]
            slots[slot(of: name)] = Int32(truncatingIfNeeded: key)
        }
    }

    subscript(_ key: String) -> JSONValue? {
        if slots.isEmpty { return object[key] }
        let place = slots[slot(of: key.utf8)]
        return place == 0 ? nil : JSONValue(storage: object.storage, index: Int(place) + 1)
    }

    /// The slot that holds this name, or the free one where it belongs.
    private func slot(of name: some Collection<UInt8>) -> Int {
        var hash = UInt32(truncatingIfNeeded: name.count)
        for byte in name { hash = hash &* 31 &+ UInt32(byte) }
        let mask = slots.count - 1
        var slot = Int(hash) & mask
        while slots[slot] != 0, !isKey(at: Int(slots[slot]), name) { slot = (slot + 1) & mask }
        return slot
    }

    private func isKey(at place: Int, _ name: some Collection<UInt8>) -> Bool {
        let entry = object.storage.tape[place]
        return entry.reach - entry.start == name.count
            && object.storage.bytes[entry.start..<entry.reach].elementsEqual(name)
    }
}

extension MemberIndex {
    func text(_ key: String) -> String? { self[key]?.text }
    func flag(_ key: String) -> Bool? { self[key]?.bool }
    func money(_ key: String) -> Money? { self[key].flatMap { Money(json: $0) } }
    func instant(_ key: String) -> Instant? { self[key].flatMap { Instant(json: $0) } }
    func elements(_ key: String) -> [JSONValue] { self[key].map { Array($0.elements) } ?? [] }
}
