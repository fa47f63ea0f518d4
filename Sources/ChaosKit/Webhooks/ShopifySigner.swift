import Crypto
import FoundationEssentials

/// Signs bodies as Shopify does: base64 of HMAC-SHA256.
package struct ShopifySigner: Sendable {
    private let key: SymmetricKey

    package init(secret: String) {
        key = SymmetricKey(data: Array(secret.utf8))
    }

    /// The value of `X-Shopify-Hmac-Sha256`.
    package func signature(of body: [UInt8]) -> String {
        Data(HMAC<SHA256>.authenticationCode(for: body, using: key)).base64EncodedString()
    }
}
