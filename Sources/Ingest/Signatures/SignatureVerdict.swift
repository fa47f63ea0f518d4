/// What the signature of a request came to.
enum SignatureVerdict: Equatable {
    /// Signed with the secret at this place in the configured list, from 0.
    case valid(secret: Int)
    /// Nobody asked for a signature.
    case unchecked
    /// The header is not there.
    case missing
    /// The header is there and wrong, malformed, or no secret is configured.
    case invalid(String)
}
