package import Orders

/// One step of the schema: a file under `Migrations/`, run once, in its own transaction.
package struct Migration: Sendable {
    /// File name without its ending, e.g. `V0001_event_store`.
    package let name: String
    package let sql: String
    /// SHA-256 of the file: an applied file that changed later is refused.
    package let checksum: Digest

    init(_ name: String, _ file: [UInt8]) {
        self.name = name
        self.sql = String(decoding: file, as: UTF8.self)
        self.checksum = Digest(of: file)
    }

    /// All steps in the order they run.
    package static let all = [
        Migration("V0001_event_store", PackageResources.V0001_event_store_sql),
        Migration("V0002_orders", PackageResources.V0002_orders_sql),
        Migration("V0003_views", PackageResources.V0003_views_sql),
        Migration("V0004_jobs", PackageResources.V0004_jobs_sql),
        Migration("V0005_bookings", PackageResources.V0005_bookings_sql),
        Migration("V0007_storefront", PackageResources.V0007_storefront_sql),
        Migration("V0008_console", PackageResources.V0008_console_sql),
        Migration("V0009_job_turns", PackageResources.V0009_job_turns_sql),
        Migration("V0030_horizons", PackageResources.V0030_horizons_sql),
        Migration("V0040_effects", PackageResources.V0040_effects_sql),
    ]
}
