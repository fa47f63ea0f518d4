import Crypto

/// A shared secret that signs bodies with HMAC-SHA256.
package struct HMACSecret: Sendable {
    private let key: SymmetricKey

    package init(_ text: String) {
        key = SymmetricKey(data: Array(text.utf8))
    }

    /// Compares in constant time.
    func signs(_ bytes: [UInt8], as code: [UInt8]) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: bytes, using: key)
    }

    /// The signature of `bytes`, 32 bytes.
    package func signature(of bytes: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: bytes, using: key))
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
