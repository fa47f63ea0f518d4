package import FoundationEssentials
import Redis

/// A stream entry that wakes a worker: it names subjects that have events nobody has merged. It carries nothing else, so a
/// lost, doubled, late or reordered one is harmless.
package struct Doorbell: Sendable, Equatable {
    /// Most subjects in one entry.
    package static let maxSubjects = 128

    package var subjects: [UUID]
    /// Rung again by the relay: whoever was rung first may have died of the work.
    package var isRelayed: Bool

    package init(subjects: [UUID], isRelayed: Bool = false) {
        self.subjects = subjects
        self.isRelayed = isRelayed
    }

    /// `subjects` is a list of UUIDs with a blank in between, readable in `redis-cli`.
    var fields: [StreamEntry.Field] {
        let subjects = StreamEntry.Field("subjects", subjects.map(\.uuidString).joined(separator: " "))
        return isRelayed ? [subjects, StreamEntry.Field("relayed", "1")] : [subjects]
    }

    /// Nil for an entry that somebody else wrote or that was deleted.
    init?(_ entry: StreamEntry) {
        guard let text = entry["subjects"] else { return nil }
        subjects = text.split(separator: UInt8(ascii: " "))
            .compactMap { UUID(uuidString: String(decoding: $0, as: UTF8.self)) }
        isRelayed = entry["relayed"] != nil
    }
}
