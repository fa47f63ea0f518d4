import Crypto
import FoundationEssentials
package import Orders

/// Signs callbacks as each courier does.
package struct CourierSigner: Sendable {
    private let provider: CourierProvider
    private let secret: String
    private let bostaHeader: String

    /// - Parameter bostaHeader: carries Bosta's token; the shop chooses its name there.
    package init(provider: CourierProvider, secret: String, bostaHeader: String = "Authorization") {
        self.provider = provider
        self.secret = secret
        self.bostaHeader = bostaHeader
    }

    /// The header that carries the signature, and its value.
    ///
    /// - Parameter time: when the callback is signed; only Shippo's signature covers it.
    package func header(for body: [UInt8], at time: Instant) -> (name: String, value: String) {
        switch provider {
        case .bosta: return (bostaHeader, secret)
        case .easypost: return ("X-Hmac-Signature", "hmac-sha256-hex=\(hex(body))")
        case .native, .dhl: return ("X-Courier-Signature", "sha256=\(hex(body))")
        case .aftership: return ("aftership-hmac-sha256", Data(code(body)).base64EncodedString())
        case .shippo:
            let seconds = time.microseconds / 1_000_000
            return ("Shippo-Auth-Signature", "t=\(seconds),v1=\(hex(Array("\(seconds).".utf8) + body))")
        }
    }

    private func code(_ bytes: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: Array(secret.utf8))))
    }

    private func hex(_ bytes: [UInt8]) -> String {
        Digest(bytes: code(bytes))?.hex ?? ""
    }
}
