/// In which order a list shows its rows; every one has an index of `order_list`.
enum OrderSort: String, CaseIterable, Sendable {
    case updatedDescending = "-updated"
    case updated
    case createdDescending = "-created"
    case created
    case totalDescending = "-total"
    case total
    case refDescending = "-ref"
    case ref

    var isDescending: Bool { rawValue.hasPrefix("-") }

    /// Column of `order_list` and its type.
    var key: (column: String, type: String) {
        switch self {
        case .updated, .updatedDescending: ("updated_at", "timestamptz")
        case .created, .createdDescending: ("created_at", "timestamptz")
        case .total, .totalDescending: ("total_price", "numeric")
        case .ref, .refDescending: ("ref_key", "text")
        }
    }
}
