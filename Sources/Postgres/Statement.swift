/// One SQL statement, prepared once per connection under its name.
///
/// The SQL of a name never changes while a process runs, and names come from constants: their number is bounded.
package struct Statement: Hashable, Sendable {
    /// At most 63 bytes count.
    package let name: String
    /// One statement with `$1`, `$2`, … for its parameters.
    package let sql: String

    /// Names a statement.
    package init(_ name: String, _ sql: String) {
        self.name = name
        self.sql = sql
    }
}
