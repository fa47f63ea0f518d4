import FoundationEssentials
import Orders

/// Something that will happen to a parcel, and what its courier will say about it.
struct CallbackStep: Sendable, Equatable {
    var reference: UUID
    var trackingNumber: String
    /// The word of the native callback.
    var word: String
    /// What the parcel becomes; nil when only its label is made.
    var status: SandboxShipment.Status?
    /// When it happens, and when it is told: a late callback still says when it happened.
    var occursAt: Instant
    var tellsAt: Instant
    /// Whether it has happened and is now to be told.
    var hasHappened = false
    /// Told once more after this time.
    var repeatsAfter: Duration?
    /// From 1; of telling it.
    var attempt = 1

    /// When it is this step's turn.
    var dueAt: Instant { hasHappened ? tellsAt : occursAt }

    /// The body of `POST /webhooks/courier`.
    var body: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("tracking_number", trackingNumber)
        writer.member("status", word)
        writer.member("courier", SandboxCourier.name)
        writer.member("timestamp", occursAt)
        writer.endObject()
        return writer.bytes
    }
}
