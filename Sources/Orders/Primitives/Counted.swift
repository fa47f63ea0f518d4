/// A number and what it counts, as “1 order” and “2 orders”.
///
/// - Parameters:
///   - one: What follows a one.
///   - many: What follows any other number; nil for `one` with an s.
package func counted(_ count: some BinaryInteger, _ one: String, _ many: String? = nil) -> String {
    "\(count) \(count == 1 ? one : many ?? one + "s")"
}
