import Orders
import ServiceRuntime

/// Secrets for local play, so that webhooks can be signed and verified before anybody has configured anything.
enum UpSecrets {
    private static let keys =
        ["SHOPIFY_WEBHOOK_SECRETS", "STOREFRONT_ADMIN_TOKEN"]
        + CourierProvider.allCases.map { "COURIER_\($0.rawValue.uppercased())_SECRET" }

    /// Random secrets for those of the keys that are not set.
    static func missing(in settings: SettingsReader) -> [String: String] {
        keys.filter { !settings.isSet($0) }.reduce(into: [:]) { secrets, key in
            let halves = [UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max)]
            secrets[key] = halves.map { String($0, radix: 16) }.joined()
        }
    }
}
