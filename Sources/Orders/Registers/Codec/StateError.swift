/// A stored state that is not what `encoded()` writes: a bug or a damaged row; the order has to be folded anew.
package struct StateError: Error, Equatable, Sendable {
    /// The field that cannot be read.
    package let field: String

    package init(field: String) {
        self.field = field
    }
}
