/// How PostgreSQL shall plan our statements.
package enum PlannerSettings {
    /// For a connection that writes batches: no statement runs long enough to be worth compiling.
    package static let batches = ["jit": "off"]

    /// For the storefront: looks keys up like the orchestrator, and joins the rows of one batch with each other like ingest.
    package static let batchesByKey = ["enable_seqscan": "off", "jit": "off"]

    /// For the orchestrator: nested loops over indexes only.
    ///
    /// Its statements are prepared once a connection, often while the tables are empty, and the plan stays: a scan of the
    /// whole table that was cheap then is what 20,000 events later every batch pays for. All of them look up a few hundred
    /// rows by key. A plan that has to use what is switched off looks so dear that PostgreSQL would compile it, for seconds.
    package static let byKey = ["enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off", "jit": "off"]

    /// For the console: a filter of twenty optional parts has no one plan that is good for all, so each call is planned for its
    /// values. Nobody waits for a compiler.
    package static let byValue = ["plan_cache_mode": "force_custom_plan", "jit": "off"]
}
