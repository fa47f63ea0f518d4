import FoundationEssentials
import Testing

@testable import ChaosKit

@Suite("The sandbox's courier")
struct SandboxCourierTests {
    private let reference = UUID(uuid: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16))
    private var courier = SandboxCourier()

    private func body(order: String = "o1", lines: String = "[]") -> [UInt8] {
        Array(#"{"reference":"\#(reference)","order":{"id":"\#(order)"},"destination":{"city":"Cairo"},"lines":\#(lines)}"#.utf8)
    }

    private mutating func book(_ body: [UInt8], forgetsKeys: Bool = false) -> Int {
        courier.book(body, key: "\(reference)", forgetsKeys: forgetsKeys).answer.status
    }

    @Test mutating func `makes one label for a reference, however often it is asked`() {
        let statuses = [book(body()), book(body()), book(body(lines: "[1]"))]
        #expect(statuses == [201, 200, 409])
        #expect(courier.labels == 1)
        #expect(courier.worst.labels == 1)
    }

    @Test mutating func `makes a second label when it forgets keys`() {
        let statuses = [book(body()), book(body(), forgetsKeys: true)]
        #expect(statuses == [201, 201])
        #expect(courier.worst.labels == 2)
    }

    @Test mutating func `refuses what lacks reference, order, key or destination`() {
        let key = "\(reference)"
        let nowhere = #"{"reference":"\#(reference)","order":{"id":"1"}}"#
        let bodies = ["", "{}", #"{"reference":"x","order":{"id":"1"}}"#, nowhere]
        let statuses = bodies.map { courier.book(Array($0.utf8), key: key, forgetsKeys: false).answer.status }
        #expect(statuses == [400, 400, 400, 422])
        let withoutKey = courier.book(body(), key: nil, forgetsKeys: false).answer.status
        #expect(withoutKey == 400)
        #expect(courier.labels == 0)
    }

    @Test mutating func `cancels until it has the parcel, and returns from then on`() {
        let unknown = [courier.cancel(reference), courier.returnShipment(reference), courier.lookUp(reference)]
        #expect(unknown.map(\.status) == [404, 404, 404])
        _ = book(body())
        let early = courier.returnShipment(reference)
        let isPickedUp = courier.progress(reference, to: .pickedUp)
        #expect(early.status == 409)
        #expect(isPickedUp)
        let late = [courier.cancel(reference), courier.returnShipment(reference), courier.returnShipment(reference)]
        #expect(late.map(\.status) == [409, 200, 200])
        let moves = [courier.progress(reference, to: .delivered), courier.progress(reference, to: .returned)]
        #expect(moves == [false, true])
        #expect(courier.activeLabels == 0)
    }

    @Test mutating func `does not move a cancelled parcel`() {
        _ = book(body())
        let cancels = [courier.cancel(reference), courier.cancel(reference)]
        #expect(cancels.map(\.status) == [200, 200])
        let moves = [courier.progress(reference, to: .pickedUp), courier.progress(reference, to: nil)]
        #expect(moves == [false, false])
    }

    @Test mutating func `sees two active labels of one order`() {
        _ = book(body())
        let second = UUID(uuid: (9, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16))
        let again = Array(#"{"reference":"\#(second)","order":{"id":"o1"},"destination":{}}"#.utf8)
        _ = courier.book(again, key: "\(second)", forgetsKeys: false)
        #expect(courier.doublyActiveOrders == 1)
        _ = courier.cancel(reference)
        #expect(courier.doublyActiveOrders == 0)
        #expect(courier.worst.active == 2)
    }
}
