/// Where the storefront is found.
enum StorefrontPath {
    static let products = "/api/v1/products"
    static let orders = "/api/v1/orders"
}
