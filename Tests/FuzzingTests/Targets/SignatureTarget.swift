import Foundation
import Orders
import ServiceRuntime

@testable import Ingest

extension FuzzTarget {
    /// Signatures: what we sign is believed, what is changed afterwards is not, and no secret shows in a refusal.
    static let signatures = FuzzTarget(
        name: "signatures",
        dictionary: ["sha256=", "hmac-sha256-hex=", "t=1,v1=", ",v1=", "==", "Ａ", "0123456789abcdef", "t=,v1="]
    ) { bytes in
        let message = FuzzMessage(bytes)
        let code = HMACSecret(SignatureWorld.secret).signature(of: message.body)
        let changed = message.body + [0]
        func believed(_ header: String?, _ body: [UInt8]) -> SignatureVerdict {
            SignatureWorld.shopify.verdict(for: body, shop: "a.myshopify.com", header: header)
        }
        let signed = Data(code).base64EncodedString()
        try hold(isValid(believed(signed, message.body)), "our own signature is refused")
        try hold(!isValid(believed(signed, changed)), "a changed body is believed")
        var words = ""
        let given = message["Signature"]
        for provider in CourierProvider.allCases {
            func judged(_ body: [UInt8]) -> SignatureVerdict {
                SignatureWorld.couriers.verdict(for: body, provider: provider) { _ in given }
            }
            let verdict = judged(message.body)
            try hold("\(verdict)" == "\(judged(message.body))", "two verdicts of one request")
            if isValid(verdict), provider != .bosta { try hold(!isValid(judged(changed)), "a changed body is believed") }
            try hold(!"\(verdict)".contains(SignatureWorld.secret), "a secret shows")
            words += isValid(verdict) ? "1" : "0"
        }
        return "\(believed(given, message.body)) \(words)".prefix(60).description
    }

    private static func isValid(_ verdict: SignatureVerdict) -> Bool {
        if case .valid = verdict { return true }
        return false
    }
}

enum SignatureWorld {
    static let secret = "s3cret-of-a-fuzzer"

    static let configuration: IngestConfiguration = {
        var variables = ["SHOPIFY_WEBHOOK_SECRETS": "older,\(secret)"]
        for provider in CourierProvider.allCases { variables["COURIER_\(provider.rawValue.uppercased())_SECRET"] = secret }
        var settings = SettingsReader(layers: [variables])
        return IngestConfiguration(settings: &settings)
    }()
    static var shopify: ShopifySecrets { configuration.shopify }
    static var couriers: CourierSecrets { configuration.couriers }
}
