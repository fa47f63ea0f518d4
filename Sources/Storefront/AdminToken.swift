import Orders

/// The token that may change products.
package struct AdminToken: Sendable {
    private let hash: Digest

    package init(_ text: String) {
        hash = Digest(of: Array(text.utf8))
    }

    /// Whether an `Authorization` header bears it. Hashes of one length are compared, all of them, whatever differs first.
    package func isBorne(by header: String?) -> Bool {
        guard let header, let blank = header.firstIndex(of: " "), header[..<blank].lowercased() == "bearer" else { return false }
        let token = header[header.index(after: blank)...].utf8.drop { $0 == UInt8(ascii: " ") }
        let difference = zip(Digest(of: Array(token)).bytes, hash.bytes).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
        return difference == 0
    }
}
