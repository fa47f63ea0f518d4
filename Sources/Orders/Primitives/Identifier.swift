package import FoundationEssentials

/// The role of every id type: a UUID that knows what it names.
package protocol Identifier: Hashable, Comparable, Sendable, LosslessStringConvertible {
    var uuid: UUID { get }
    init(_ uuid: UUID)
}

extension Identifier {
    /// Nil unless the text is a UUID of 36 characters.
    package init?(_ text: String) {
        guard let uuid = UUID(uuidString: text) else { return nil }
        self.init(uuid)
    }

    /// The UUID in lower case, as PostgreSQL prints it.
    package var description: String { uuid.uuidString.lowercased() }

    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.uuid < rhs.uuid }
}

/// An order: (source, shop, order id text).
package struct OrderID: Identifier {
    package let uuid: UUID

    package init(_ uuid: UUID) { self.uuid = uuid }

    /// The same three texts give the same id on every machine.
    package init(source: String, shop: String, refID: String) {
        uuid = UUID(namespace: .orders, name: "\(source)\u{1F}\(shop)\u{1F}\(refID)")
    }
}

/// A parcel's label: (courier, tracking number).
package struct WaybillID: Identifier {
    package let uuid: UUID

    package init(_ uuid: UUID) { self.uuid = uuid }

    /// The tracking number is expected in its stored form, see `Waybill.normalForm`.
    package init(courier: CourierName, trackingNumber: String) {
        uuid = UUID(namespace: .waybills, name: "\(courier)\u{1F}\(trackingNumber)")
    }
}

/// A shop: (source, shop domain).
package struct ShopID: Identifier {
    package let uuid: UUID

    package init(_ uuid: UUID) { self.uuid = uuid }

    /// The same two texts give the same id on every machine.
    package init(source: String, shop: String) {
        uuid = UUID(namespace: .shops, name: "\(source)\u{1F}\(shop)")
    }
}

/// One stored event: its identity and its body.
package struct EventID: Identifier {
    package let uuid: UUID

    package init(_ uuid: UUID) { self.uuid = uuid }

    /// Same identity and same body: same event, whatever else differs between the deliveries.
    package init(identity: UUID, bodyHash: Digest) {
        uuid = UUID(Digest(of: identity.byteArray + bodyHash.bytes))
    }
}

/// What an event says, whoever delivered it and however often: (topic, body).
package struct FactID: Identifier {
    package let uuid: UUID

    package init(_ uuid: UUID) { self.uuid = uuid }

    /// `part` names the waybill when one body speaks of several.
    package init(topic: String, bodyHash: Digest, part: String = "") {
        uuid = UUID(Digest(of: Array("\(topic)\u{1F}\(part)\u{1F}".utf8) + bodyHash.bytes))
    }
}

extension UUID {
    fileprivate static let orders = UUID(namespace: .product, name: "orders")
    fileprivate static let waybills = UUID(namespace: .product, name: "waybills")
    fileprivate static let shops = UUID(namespace: .product, name: "shops")

    /// Chosen once at random; changing it renames every order.
    private static let product = UUID(
        uuid: (0x6B, 0x1D, 0x0E, 0x5A, 0x3F, 0x42, 0x4C, 0x8E, 0x9A, 0x57, 0xD2, 0x81, 0x0C, 0xE4, 0xB3, 0x76)
    )
}
