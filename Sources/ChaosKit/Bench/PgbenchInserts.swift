import FoundationEssentials
import Postgres
import Subprocess
import SystemPackage

/// What a plain service would do: the same rows, one transaction an event, by PostgreSQL's own benchmark.
///
/// The bodies come from a table instead of over the wire, which favours pgbench.
struct PgbenchInserts: Sendable {
    let rig: BenchRig

    /// Transactions per second; nil when pgbench is not installed.
    func run() async throws -> Double? {
        guard let program = Self.program else { return nil }
        try await rig.withConnection(BenchDatabase.empty)
        try await fillSamples()
        let script = "\(rig.folder)/insert.sql"
        try Data(Self.script.utf8).write(to: URL(filePath: script))
        let result = try await Subprocess.run(
            .path(FilePath(program)),
            arguments: [
                "--no-vacuum", "--protocol=prepared", "--client=\(rig.size.connections)", "--jobs=2",
                "--time=\(rig.size.seconds)",
                "--file=\(script)", rig.databaseURL,
            ],
            output: .string(limit: 64 * 1_024),
            error: .combinedWithOutput
        )
        try await rig.withConnection { try $0.execute(script: "DROP TABLE bench_bodies") }
        guard result.terminationStatus.isSuccess, let rate = Self.rate(in: result.standardOutput) else {
            throw BenchProgram.Fault(description: "pgbench failed:\n\(result.standardOutput)")
        }
        return rate
    }

    private func fillSamples() async throws {
        let storm = rig.storm(webhooks: Self.samples, repetition: 0)
        let bodies = storm.deliveries().map(\.body)
        try await rig.withConnection { connection in
            try connection.execute(script: Self.makeTable)
            _ = try connection.query(Self.fillTable, [.byteses(bodies)])
        }
    }

    /// `tps = 5431.123456 (without initial connection time)`
    static func rate(in output: String) -> Double? {
        let line = output.split(separator: "\n").last { $0.hasPrefix("tps = ") }
        return line?.split(separator: " ").dropFirst(2).first.flatMap { Double($0) }
    }

    private static let samples = 256

    private static var program: String? {
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let root = "/usr/lib/postgresql"
        // No such folder: PostgreSQL was not installed by a Debian package.
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        let folders = versions.sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }.map { "\(root)/\($0)/bin" }
        return (folders + path).map { "\($0)/pgbench" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private static let makeTable = """
        DROP TABLE IF EXISTS bench_bodies;
        CREATE TABLE bench_bodies (id integer PRIMARY KEY, body bytea COMPRESSION lz4 NOT NULL)
        """
    /// Run once, before pgbench starts.
    private static let fillTable = Statement(
        "bench_fill",
        """
        INSERT INTO bench_bodies (id, body)
        SELECT t.position, t.body FROM unnest($1::bytea[]) WITH ORDINALITY AS t (body, position)
        """
    )

    private static let script = #"""
        \set sample random(1, 256)
        WITH incoming AS (
            SELECT
                gen_random_uuid() AS subject_id, gen_random_uuid() AS identity, gen_random_uuid() AS event_id,
                gen_random_uuid() AS fact_id, now() AS received_at, sha256(b.body) AS body_hash, b.body || ''::bytea AS body
            FROM bench_bodies AS b WHERE b.id = :sample
        ), fresh AS (
            INSERT INTO event_identities (subject_id, identity, event_id, received_at, triggered_at)
            SELECT subject_id, identity, event_id, received_at, received_at FROM incoming
            ON CONFLICT DO NOTHING
            RETURNING subject_id, event_id
        ), stored AS (
            INSERT INTO event_store (
                subject_id, event_id, received_at, subject_kind, source, shop, topic, ref_id, identity, fact_id, body_hash,
                delivery_id, triggered_at, body)
            SELECT
                i.subject_id, i.event_id, i.received_at, 'order', 'shopify', 'bench.myshopify.com', 'orders/updated', 'bench',
                i.identity, i.fact_id, i.body_hash, i.event_id::text, i.received_at, i.body
            FROM incoming AS i JOIN fresh AS f ON f.subject_id = i.subject_id AND f.event_id = i.event_id
        )
        INSERT INTO unapplied_events (subject_id, event_id, received_at)
        SELECT i.subject_id, i.event_id, i.received_at
        FROM incoming AS i JOIN fresh AS f ON f.subject_id = i.subject_id AND f.event_id = i.event_id;

        """#
}
