import FoundationEssentials
import Orders
package import ServiceRuntime

/// Whose courier callbacks are believed.
///
/// Keys, for each provider: `COURIER_<PROVIDER>_SECRET`, `COURIER_<PROVIDER>_AUTH`; and `COURIER_BOSTA_HEADER`. A courier
/// without a secret is refused unless its `AUTH` is `none`.
package struct CourierSecrets: Sendable {
    private enum Authentication: String, CaseIterable {
        case signature
        case none
    }

    private struct Trust: Sendable {
        var tokens: [String]
        /// The same, as keys that sign.
        var keys: [HMACSecret]
        var isUnsigned: Bool
    }

    private var trust: [CourierProvider: Trust] = [:]
    /// The header in which Bosta sends the shared token.
    private var bostaHeader: String

    package init(settings: inout SettingsReader) {
        bostaHeader = settings.string("COURIER_BOSTA_HEADER", default: "Authorization", "The header that carries Bosta's token.")
        for provider in CourierProvider.allCases {
            let name = "COURIER_\(provider.rawValue.uppercased())"
            let secrets = settings.secrets("\(name)_SECRET", "Secrets or tokens of \(provider.rawValue) callbacks.")
            let authentication = settings.choice(
                "\(name)_AUTH",
                default: Authentication.signature,
                "None takes unsigned \(provider.rawValue) callbacks; anybody can then move a parcel."
            )
            trust[provider] = Trust(
                tokens: secrets,
                keys: secrets.map(HMACSecret.init),
                isUnsigned: authentication == .none
            )
        }
    }

    /// Whose callbacks need no signature.
    var unsignedProviders: [CourierProvider] { CourierProvider.allCases.filter { trust[$0]?.isUnsigned == true } }

    /// Judges a callback by its provider's scheme; `header` looks a header up by its name.
    func verdict(for body: [UInt8], provider: CourierProvider, header: (String) -> String?) -> SignatureVerdict {
        guard let trust = trust[provider] else { return .invalid("the provider is not configured") }
        if trust.isUnsigned { return .unchecked }
        let hmac = trust.keys
        switch provider {
        case .bosta:
            return Self.token(header(bostaHeader), trust)
        case .easypost:
            return Self.prefixedHex(header("X-Hmac-Signature"), prefix: "hmac-sha256-hex=", body, hmac)
        case .native, .dhl:
            return Self.prefixedHex(header("X-Courier-Signature"), prefix: "sha256=", body, hmac)
        case .aftership:
            guard let value = header("aftership-hmac-sha256") else { return .missing }
            return hmac.verdict(for: body, code: Data(base64Encoded: value).map(Array.init))
        case .shippo:
            return Self.shippo(header("Shippo-Auth-Signature"), body, hmac)
        }
    }

    /// Compares digests of equal length, so that the time taken says nothing about the token.
    private static func token(_ value: String?, _ trust: Trust) -> SignatureVerdict {
        guard let value else { return .missing }
        guard !trust.tokens.isEmpty else { return .invalid("no secret is configured") }
        let bytes = Array(value.utf8)
        for (index, (token, key)) in zip(trust.tokens, trust.keys).enumerated()
        where key.signs(bytes, as: key.signature(of: Array(token.utf8))) {
            return .valid(secret: index)
        }
        return .invalid("the token does not match")
    }

    private static func prefixedHex(
        _ value: String?,
        prefix: String,
        _ body: [UInt8],
        _ secrets: [HMACSecret]
    ) -> SignatureVerdict {
        guard let value else { return .missing }
        guard value.hasPrefix(prefix) else { return .invalid("the signature is malformed") }
        return secrets.verdict(for: body, code: bytes(hex: value.dropFirst(prefix.count)))
    }

    /// `t=<seconds>,v1=<hex>` over `<seconds>.<body>`.
    private static func shippo(_ value: String?, _ body: [UInt8], _ secrets: [HMACSecret]) -> SignatureVerdict {
        guard let value else { return .missing }
        var parts: [Substring: Substring] = [:]
        for part in value.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1)
            if pair.count == 2 { parts[pair[0]] = pair[1] }
        }
        guard let time = parts["t"], let code = parts["v1"] else { return .invalid("the signature is malformed") }
        return secrets.verdict(for: Array(time.utf8) + Array(".".utf8) + body, code: bytes(hex: code))
    }

    private static func bytes(hex: Substring) -> [UInt8]? {
        guard hex.utf8.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in hex {
            guard let value = digit.hexDigitValue else { return nil }
            if let first = high {
                bytes.append(first << 4 | UInt8(value))
                high = nil
            } else {
                high = UInt8(value)
            }
        }
        return bytes
    }
}
