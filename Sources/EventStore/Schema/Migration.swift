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
        Migration("V0006_storefront", PackageResources.V0006_storefront_sql),
        Migration("V0007_console", PackageResources.V0007_console_sql),
        Migration("V0008_job_turns", PackageResources.V0008_job_turns_sql),
        Migration("V0009_horizons", PackageResources.V0009_horizons_sql),
        Migration("V0010_effects", PackageResources.V0010_effects_sql),
        Migration("V0011_checks_and_traces", PackageResources.V0011_checks_and_traces_sql),
        Migration("V0012_attempts_and_months", PackageResources.V0012_attempts_and_months_sql),
        Migration("V0013_events_of_a_customer", PackageResources.V0013_events_of_a_customer_sql),
        Migration("V0014_redactions_by_the_page", PackageResources.V0014_redactions_by_the_page_sql),
        Migration("V0015_blocked_jobs", PackageResources.V0015_blocked_jobs_sql),
        Migration("V0016_voided_bookings", PackageResources.V0016_voided_bookings_sql),
        Migration("V0017_legible_bodies", PackageResources.V0017_legible_bodies_sql),
    ]
}
