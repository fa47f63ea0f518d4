/// How a shop is called at the end of a key of its own, such as `SHOPIFY_ADMIN_TOKEN_<SHOP>`.
package enum ShopSettingName {
    /// `nile-lantern.myshopify.com` is `NILE_LANTERN`.
    package static func of(_ shop: String) -> String {
        let suffix = ".myshopify.com"
        let lower = shop.lowercased()
        let name = lower.hasSuffix(suffix) ? lower.dropLast(suffix.count) : lower[...]
        return String(name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }
}
