/// How far one attempt to book a courier is.
package enum BookingState: String, CaseIterable, Sendable {
    /// Wanted; nothing has been sent.
    case claimed
    /// A worker may have sent the request.
    case requested
    /// A request was sent and nobody knows what became of it.
    case unknown
    /// There is a label.
    case booked
    /// The courier is asked to take the label back.
    case cancelRequested = "cancel_requested"
    case cancelled
    /// The courier is asked to bring the parcel back.
    case returnRequested = "return_requested"
    case returned
    /// The courier does not want it; a person has to look.
    case rejected
    /// Every attempt of the job is used up; a person has to look.
    case parked

    /// Whether nothing goes on until the order changes or a person has done something.
    package var needsPerson: Bool { self == .parked || self == .rejected }

    /// Whether the order can have no other attempt beside it.
    package var isActive: Bool {
        switch self {
        case .claimed, .requested, .unknown, .booked, .cancelRequested, .returnRequested, .parked: true
        case .cancelled, .returned, .rejected: false
        }
    }
}
