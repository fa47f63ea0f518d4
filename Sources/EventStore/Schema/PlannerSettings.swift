/// How PostgreSQL shall plan our statements.
///
/// Statements are prepared once a connection, often while the tables are empty. What is planned once keeps its plan, and a scan of the
/// whole table that was cheap then is what every batch pays for 20,000 events later; so those look rows up by key, whatever
/// seems cheap. Left to itself PostgreSQL plans anew for every batch where the first ones were small, for longer than it takes to write an
/// event. And a plan that has to use what is switched off looks so dear that it would be compiled, for seconds.
package enum PlannerSettings {
    /// For ingest and the storefront: they look up keys, and join the rows of one batch with each other.
    package static let batches = ["plan_cache_mode": "force_generic_plan", "enable_seqscan": "off", "jit": "off"]

    /// For the orchestrator: nested loops over indexes only. All of its statements look up a few hundred rows by key.
    package static let byKey = batches.merging(["enable_hashjoin": "off", "enable_mergejoin": "off"]) { $1 }

    /// For the console: a filter of twenty optional parts has no one plan that is good for all, so each call is planned for its
    /// values. Nobody waits for a compiler.
    package static let byValue = ["plan_cache_mode": "force_custom_plan", "jit": "off"]
}
