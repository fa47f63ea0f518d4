import Foundation

/// The fixtures by folder, without their extension.
enum FixtureNames {
    static let shopify = names(in: "shopify")
    static let courier = names(in: "courier")
    static let bodies = shopify + courier

    private static func names(in folder: String) -> [String] {
        let path = Bundle.module.resourcePath.map { "\($0)/Fixtures/\(folder)" } ?? ""
        let files = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return files.sorted().map { "\(folder)/\($0.dropLast(".json".count))" }
    }
}
