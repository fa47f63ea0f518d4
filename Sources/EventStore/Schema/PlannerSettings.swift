/// How PostgreSQL shall plan the statements of the orchestrator.
///
/// They are prepared once a connection, often while the tables are empty, and the plan stays: a scan of the whole table that
/// was cheap then is what 20,000 events later every batch pays for. All of them look up a few hundred rows by key.
package enum PlannerSettings {
    /// Nested loops over indexes only. What must be scanned nevertheless gets so high a cost that PostgreSQL would compile it.
    package static let byKey = [
        "enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off", "jit": "off",
    ]
}
