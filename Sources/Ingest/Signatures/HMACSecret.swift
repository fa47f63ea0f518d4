import Crypto

/// A shared secret that signs bodies with HMAC-SHA256.
package struct HMACSecret: Sendable {
    /// Begun with the key: a copy of it costs less than the key's own two hashes.
    private let begun: HMAC<SHA256>

    package init(_ text: String) {
        begun = HMAC(key: SymmetricKey(data: Array(text.utf8)))
    }

    /// Compares in constant time.
    func signs(_ bytes: [UInt8], as code: [UInt8]) -> Bool {
        mac(of: bytes) == code
    }

    /// The signature of `bytes`, 32 bytes.
    package func signature(of bytes: [UInt8]) -> [UInt8] {
        Array(mac(of: bytes))
    }

    private func mac(of bytes: [UInt8]) -> HMAC<SHA256>.MAC {
        var hmac = begun
        hmac.update(data: bytes)
        return hmac.finalize()
    }
}

extension [HMACSecret] {
    /// Tries every secret, old and new, whichever matches.
    func verdict(for bytes: [UInt8], code: [UInt8]?) -> SignatureVerdict {
        guard !isEmpty else { return .invalid("no secret is configured") }
        guard let code, code.count == 32 else { return .invalid("the signature is malformed") }
        for (index, secret) in enumerated() where secret.signs(bytes, as: code) { return .valid(secret: index) }
        return .invalid("the signature does not match the body")
    }
}
