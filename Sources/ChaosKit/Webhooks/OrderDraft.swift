package import Orders

/// What a generated order body says.
package struct OrderDraft: Sendable {
    package var id: OrderReference
    package var createdAt: Instant
    package var updatedAt: Instant
    package var financialStatus: String
    package var totalPrice: Money
    package var cancelledAt: Instant?
    package var lines = 1

    package init(id: OrderReference, createdAt: Instant, updatedAt: Instant, financialStatus: String, totalPrice: Money) {
        self.id = id
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.financialStatus = financialStatus
        self.totalPrice = totalPrice
    }

    /// The body in one of the sizes.
    package func body(_ size: BodySize) -> [UInt8] {
        switch size {
        case .minimal: OrderTemplate.minimalOrder.filled(values)
        case .realistic: filled(.reducedOrder, line: .reducedLine, lines: lines)
        case .full: filled(.fullOrder, line: .fullLine, lines: lines + 1)
        }
    }

    private func filled(_ template: OrderTemplate, line: OrderTemplate, lines: Int) -> [UInt8] {
        var values = values
        let lineTexts = (0..<lines).map { index in
            values["line_id"] = String(14_500_987_000_001 + index)
            return String(decoding: line.filled(values), as: UTF8.self)
        }
        values["lines"] = "[\(lineTexts.joined(separator: ","))]"
        return template.filled(values)
    }

    private var values: [String: String] {
        var values = [
            "id": id.json,
            "name": quoted("#\(id.digits)"),
            "order_number": id.digits,
            "created_at": quoted(createdAt.description),
            "updated_at": quoted(updatedAt.description),
            "financial_status": quoted(financialStatus),
            "total_price": quoted(totalPrice.description),
            "line_price": quoted(totalPrice.description),
        ]
        if let cancelledAt {
            values["cancelled_at"] = quoted(cancelledAt.description)
            values["cancel_reason"] = quoted("customer")
        }
        return values
    }

    /// Only for texts without characters that JSON escapes.
    private func quoted(_ text: String) -> String { "\"\(text)\"" }
}

/// How a body names its order.
package enum OrderReference: Sendable, Hashable {
    case number(Int64)
    /// Of printable ASCII without quotes and backslashes, see ``isText(_:)``.
    case text(String)

    /// Whether the text can be an order's id here.
    package static func isText(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= OrderAddress.maxLength
            && text.utf8.allSatisfy { (0x21..<0x7f).contains($0) && $0 != 0x22 && $0 != 0x5c }
    }

    /// The id as ingest stores it.
    package var refID: String {
        switch self {
        case .number(let number): String(number)
        case .text(let text): text
        }
    }

    var json: String {
        switch self {
        case .number(let number): String(number)
        case .text(let text): "\"\(text)\""
        }
    }

    /// A short number for people.
    var digits: String {
        let digits = refID.filter(\.isNumber).suffix(7)
        return digits.isEmpty ? "1" : String(Int(digits) ?? 1)
    }
}

/// How large generated bodies are.
package enum BodySize: String, CaseIterable, Sendable {
    /// About 130 bytes, as older systems' test tools send.
    case minimal
    /// 2 to 4 KB: a real order body without the fields that repeat others.
    case realistic
    /// About 10 KB: every field of a real order body.
    case full
}
