/// What one configuration key means, and what it is set to.
package struct Setting: Sendable, Equatable {
    /// The exact name of the environment variable; a family of keys shows its variable part in angle brackets.
    package var key: String
    /// The type of the value in words a person reads, such as `integer` or `list of secrets`.
    package var kind: String
    /// The allowed values in words, with their unit; empty when every text is allowed.
    package var allowed: String
    /// What holds when the key is not set; `nil` when there is no default.
    package var defaultText: String?
    /// What the value is for, in one sentence.
    package var sentence: String
    /// Whether the value must never be shown.
    package var isSecret = false
    /// The effective value as it may be shown; `nil` when neither set nor defaulted.
    package var shownValue: String?
    /// Whether a source gave the value; otherwise it is the default.
    package var isSet = false
}
