/// Why an order is what it is: for every field the event that set it and the events that lost, and why the order is booked
/// or not, in words.
package struct Explanation: Equatable, Sendable {
    /// How many losing events one field names, and how many events are named as set aside; the rest is counted.
    package static let namedEvents = 20

    /// One field of the order, or one entry of a register.
    package struct Field: Equatable, Sendable {
        package let name: String
        package let value: FieldValue?
        /// Nil when no event did: the field has no value, or follows from the absence of events.
        package let setBy: Setter?
        /// The newest first, at most `namedEvents` (or as many as were asked for).
        package let lost: [Loss]
        /// How many lost, the ones not named included.
        package let lostCount: Int
    }

    /// The event that decided a field.
    package struct Setter: Equatable, Sendable {
        package let event: EventReference
        package let reason: String
    }

    /// An event that said something of a field and did not decide it.
    package struct Loss: Equatable, Sendable {
        package let event: EventReference
        package let why: String
        /// What it would have set; nil for what is personal or has no value.
        package let said: FieldValue?
    }

    /// An event that no field knows of, or that needs a person.
    package struct Aside: Equatable, Sendable {
        package let event: EventReference
        /// waiting, parked, failed, unmapped, counted, identity_conflict.
        package let status: String
        package let why: String
    }

    /// How many events there are, also of those that are not named.
    package struct Counts: Equatable, Sendable {
        /// Everything stored about the order and its parcels.
        package var events = 0
        /// How many of them were read; the rest, the oldest, is only counted.
        package var read = 0
        package var duplicates = 0
        package var byEnd: [EventAccount.End: Int] = [:]
    }

    package internal(set) var fields: [Field]
    package internal(set) var booking: BookingAccount
    package internal(set) var asides: [Aside]
    package internal(set) var asideCount: Int
    package internal(set) var counts: Counts
    package internal(set) var anomalies: [Anomaly]

    package subscript(field: String) -> Field? { fields.first { $0.name == field } }
}

/// The value of a field as it is shown.
package enum FieldValue: Hashable, Sendable {
    case text(String)
    /// Canonical JSON.
    case json([UInt8])

    init?(_ text: String?) {
        guard let text else { return nil }
        self = .text(text)
    }

    init?(json: [UInt8]?) {
        guard let json else { return nil }
        self = .json(json)
    }

    /// For people.
    package var text: String {
        switch self {
        case .text(let text): text
        case .json(let bytes): String(decoding: bytes, as: UTF8.self)
        }
    }
}
