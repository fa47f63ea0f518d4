/// Why a text is not the JSON we take, and where.
package struct JSONError: Error, Hashable, Sendable {
    /// What is wrong.
    package enum Code: String, Hashable, Sendable {
        case tooLarge, tooDeep, tooManyNodes
        case unexpectedEnd, unexpectedByte, trailingBytes
        case invalidUTF8, invalidEscape, controlCharacter, invalidNumber
    }

    /// What is wrong.
    package let code: Code
    /// The byte the parser stopped at, counted from zero.
    package let offset: Int

    /// An error at a byte of the text.
    package init(_ code: Code, at offset: Int) {
        self.code = code
        self.offset = offset
    }

    /// A sentence for the sender.
    package var message: String {
        let reason =
            switch code {
            case .tooLarge: "The JSON text is larger than the limit"
            case .tooDeep: "The JSON text is nested deeper than the limit"
            case .tooManyNodes: "The JSON text has more values than the limit"
            case .unexpectedEnd: "The JSON text ends too early"
            case .unexpectedByte: "The JSON text has a character that does not belong there"
            case .trailingBytes: "Something follows the JSON text"
            case .invalidUTF8: "The JSON text is not valid UTF-8"
            case .invalidEscape: "A JSON string has an unknown escape"
            case .controlCharacter: "A JSON string has a control character that is not escaped"
            case .invalidNumber: "A JSON number is malformed"
            }
        return "\(reason) (at byte \(offset))."
    }
}

extension JSONError: CustomStringConvertible {
    package var description: String { message }
}
