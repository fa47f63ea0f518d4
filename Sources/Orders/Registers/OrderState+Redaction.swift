extension OrderState {
    /// Removes personal data now and from every fact merged later. It is not a fact of the order and does not count.
    package mutating func redact() {
        merge(DecodedFact(parts: [.redacted], isCounted: false))
    }
}
