/// A parser of outside bytes, with what must hold of it whatever comes.
struct FuzzTarget: Sendable {
    /// Also the name of its folder in the corpus.
    let name: String
    /// Words that get deeper into the parser than noise.
    let dictionary: [String]
    /// Checks everything that must hold of one input; what it says of it, in one word or two, makes a new answer worth
    /// keeping.
    let check: @Sendable ([UInt8]) throws -> String

    static let all: [FuzzTarget] = [
        .json, .state, .text, .shopify, .courier, .redaction, .signatures, .http, .resp, .configuration, .answers, .recorded,
    ]
}

/// Something did not hold.
struct FuzzFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Throws when the condition does not hold.
func hold(_ condition: Bool, _ what: @autoclosure () -> String) throws {
    guard condition else { throw FuzzFailure(what()) }
}

/// An input in the form of a message: lines of `Name: value`, an empty line, a body.
struct FuzzMessage {
    let headers: [(name: String, value: String)]
    let body: [UInt8]

    init(_ bytes: [UInt8]) {
        var headers: [(name: String, value: String)] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest[..<end]
            rest = rest[(end + 1)...]
            if line.isEmpty { break }
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let value = line[(colon + 1)...].drop { $0 == UInt8(ascii: " ") }
            headers.append((String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self)))
        }
        self.headers = headers
        body = Array(rest)
    }

    subscript(name: String) -> String? { headers.first { $0.name == name }?.value }
}
