import Orders

/// A column of an export.
enum ExportColumn: String, CaseIterable, Sendable {
    case id, shopifyOrderId, name, source, shop, status, orderStatus, paymentStatus, shippingStatus, customerName, totalPrice
    case shippingFee, currency, courier, trackingNumber, attention, version, createdAt, updatedAt, businessUpdatedAt, deliveryAt
    case cancelledAt

    /// What stands in a cell.
    enum Cell: Sendable, Equatable {
        case text(String)
        /// Digits, at most one point, and a sign: nothing a spreadsheet could take for anything but a number.
        case number(String)
        case empty
    }

    func cell(of order: OrderSummary) -> Cell {
        switch self {
        case .id: .text(order.id.text)
        case .shopifyOrderId: .text(order.refID)
        case .name: Self.text(order.name)
        case .source: .text(order.source)
        case .shop: .text(order.shop)
        case .status: .text(order.status)
        case .orderStatus: .text(order.orderStatus)
        case .paymentStatus: .text(order.paymentStatus)
        case .shippingStatus: .text(order.shippingStatus)
        case .customerName: Self.text(order.customerName)
        case .totalPrice: Self.number(order.totalPrice?.description)
        case .shippingFee: Self.number(order.shippingFee?.description)
        case .currency: Self.text(order.currency)
        case .courier: Self.text(order.courier)
        case .trackingNumber: Self.text(order.trackingNumber)
        case .attention: .text(order.attention.joined(separator: ", "))
        case .version: .number(String(order.version))
        case .createdAt: .text(order.createdAt.text)
        case .updatedAt: .text(order.updatedAt.text)
        case .businessUpdatedAt: Self.text(order.businessUpdatedAt?.text)
        case .deliveryAt: Self.text(order.deliveryAt?.text)
        case .cancelledAt: Self.text(order.cancelledAt?.text)
        }
    }

    private static func text(_ text: String?) -> Cell { text.map(Cell.text) ?? .empty }
    private static func number(_ number: String?) -> Cell { number.map(Cell.number) ?? .empty }
}
