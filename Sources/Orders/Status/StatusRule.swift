/// One line of the table of derived status.
package enum StatusRule: CaseIterable, Sendable {
    case someReturned, someReturning, allDelivered, cancelledInCustody, someLost, someOut, cancelled, fulfilled, booked, held
    case confirmed
    /// The last line, which always matches.
    case nothingElse

    package var status: OrderStatus {
        switch self {
        case .someReturned: .returned
        case .someReturning: .returning
        case .allDelivered: .delivered
        case .cancelledInCustody: .cancelling
        case .someLost: .failed
        case .someOut, .fulfilled: .shipped
        case .cancelled: .cancelled
        case .booked: .booked
        case .held: .onHold
        case .confirmed: .confirmed
        case .nothingElse: .pending
        }
    }

    /// The condition, in words.
    package var words: String {
        switch self {
        case .someReturned: "a parcel is back"
        case .someReturning: "a parcel is on its way back"
        case .allDelivered: "every parcel is delivered"
        case .cancelledInCustody: "it is cancelled and the courier has a parcel"
        case .someLost: "a parcel is lost or damaged"
        case .someOut: "a parcel is with the courier or delivered"
        case .cancelled: "it is cancelled"
        case .fulfilled: "its source calls it fulfilled"
        case .booked: "a label of ours is good"
        case .held: "a hold is open"
        case .confirmed: "it is paid, or may be booked"
        case .nothingElse: "no parcel, no booking and no payment speaks for anything else"
        }
    }
}
