import FoundationEssentials
package import ServiceRuntime

/// Whose webhooks are believed.
///
/// Keys: `SHOPIFY_WEBHOOK_SECRETS`, `SHOPIFY_WEBHOOK_SECRETS_<SHOP>`, `SHOPIFY_VERIFY`, `SHOPIFY_DEFAULT_SHOP`. A shop with
/// secrets of its own is believed with those only: the signature does not cover the header that names the shop.
package struct ShopifySecrets: Sendable {
    private enum Verification: String, CaseIterable {
        case on
        case off
    }

    package var isVerified: Bool
    /// The shop of webhooks that do not name one.
    package var defaultShop: String
    private var common: [HMACSecret]
    private var byShop: [String: [HMACSecret]]

    package init(settings: inout SettingsReader) {
        let common = settings.secrets("SHOPIFY_WEBHOOK_SECRETS", "Secrets that sign Shopify webhooks; old and new hold together.")
        let byShop = settings.secrets(
            family: "SHOPIFY_WEBHOOK_SECRETS_",
            placeholder: "<SHOP>",
            "Secrets of one shop, named like NILE_LANTERN for nile-lantern.myshopify.com."
        )
        let verification = settings.choice(
            "SHOPIFY_VERIFY",
            default: Verification.on,
            "Off takes unsigned Shopify webhooks, for local play only."
        )
        defaultShop = settings.string(
            "SHOPIFY_DEFAULT_SHOP",
            default: "default.myshopify.com",
            "The shop of webhooks that do not name one."
        )
        isVerified = verification == .on
        if verification == .off, settings.environment == .production {
            settings.refuse("SHOPIFY_VERIFY", because: "must be on when APP_ENV=production")
        }
        if isVerified, common.isEmpty, byShop.isEmpty {
            settings.refuse("SHOPIFY_WEBHOOK_SECRETS", because: "must be set, or every Shopify webhook would be refused")
        }
        self.common = common.map(HMACSecret.init)
        self.byShop = byShop.mapValues { $0.map(HMACSecret.init) }
    }

    /// Judges the base64 HMAC of the raw body.
    func verdict(for body: [UInt8], shop: String, header: String?) -> SignatureVerdict {
        guard isVerified else { return .unchecked }
        guard let header else { return .missing }
        let secrets = byShop.isEmpty ? common : byShop[ShopSettingName.of(shop)] ?? common
        return secrets.verdict(for: body, code: Data(base64Encoded: header).map(Array.init))
    }
}
