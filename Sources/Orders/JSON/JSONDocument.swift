/// A JSON text that has been checked as a whole, and read where it lies.
///
/// RFC 8259 to the letter: valid UTF-8, nothing before or after the value, no byte order mark. Of equal keys the last counts.
package struct JSONDocument: Sendable {
    let storage: Storage

    /// Parses and checks the whole text, so that reading it later cannot fail.
    package init(parsing bytes: [UInt8], limits: JSONLimits = .webhook) throws(JSONError) {
        var parser = JSONParser(limits: limits)
        try parser.parse(bytes.span)
        storage = Storage(bytes: bytes, tape: parser.tape)
    }

    /// The text as it came.
    package var bytes: [UInt8] { storage.bytes }

    /// The one value of the text.
    package var root: JSONValue { JSONValue(storage: storage, index: 0) }

    /// Shared by all values of the document, so that handing one on costs one retain.
    final class Storage: Sendable {
        let bytes: [UInt8]
        let tape: [JSONTapeEntry]

        init(bytes: [UInt8], tape: [JSONTapeEntry]) {
            self.bytes = bytes
            self.tape = tape
        }
    }
}
