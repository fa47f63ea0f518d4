/// All scans of one track, sorted.
package struct TrackedShipment: Equatable, Sendable {
    /// How many scans one track keeps: the newest.
    package static let limit = 256

    package let track: Track
    package private(set) var checkpoints: [Checkpoint]

    package init(track: Track, checkpoints: [Checkpoint] = []) {
        self.track = track
        self.checkpoints = []
        for checkpoint in checkpoints { join(checkpoint) }
    }

    /// Adds a scan; false when it is known, or older than everything a full track keeps.
    @discardableResult
    package mutating func join(_ checkpoint: Checkpoint) -> Bool {
        var place = checkpoints.count
        while place > 0, checkpoint < checkpoints[place - 1] { place -= 1 }
        if place > 0, checkpoints[place - 1] == checkpoint { return false }
        if checkpoints.count == Self.limit {
            if place == 0 { return false }
            checkpoints.remove(at: 0)
            place -= 1
        }
        checkpoints.insert(checkpoint, at: place)
        return true
    }
}

/// The scans of all tracks of an order, sorted by track.
package struct TrackedShipments: Equatable, Sendable {
    /// How many tracks one order keeps: the first in their order.
    package static let limit = 512

    package private(set) var entries: [TrackedShipment] = []

    package init(_ entries: [TrackedShipment] = []) {
        self.entries = entries
    }

    package subscript(track: Track) -> [Checkpoint] {
        entries.first { $0.track == track }?.checkpoints ?? []
    }

    /// Adds a scan to its track; false when it is known.
    @discardableResult
    package mutating func join(_ checkpoint: Checkpoint, on track: Track) -> Bool {
        let place = entries.firstIndex { $0.track >= track } ?? entries.count
        if place < entries.count, entries[place].track == track { return entries[place].join(checkpoint) }
        if place >= Self.limit { return false }
        entries.insert(TrackedShipment(track: track, checkpoints: [checkpoint]), at: place)
        if entries.count > Self.limit { entries.removeLast() }
        return true
    }
}
