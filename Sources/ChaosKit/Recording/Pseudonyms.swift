import Crypto
import Orders

/// Replaces the personal data of bodies: the same value always by the same other value, everything else left as it is.
///
/// What is replaced is what a redaction would remove. An order looks the same to every merge rule afterwards: an address is
/// still an address, a number a number, a missing value missing.
package struct Pseudonyms: Sendable {
    /// Members that say nothing about a person, also where one is described.
    private static let kept: Set<String> = [
        "country", "country_code", "currency", "kind", "locale", "province", "province_code", "state", "status",
    ]

    private let key: SymmetricKey

    /// - Parameter key: who does not know it cannot find out which value was replaced by trying.
    package init(key: [UInt8]) {
        self.key = SymmetricKey(data: key)
    }

    /// The body without personal data; a body that is no JSON becomes an empty object.
    ///
    /// - Parameter salt: changes the hash of the body and nothing else.
    package func replaced(_ body: [UInt8], salt: Int = 0) -> [UInt8] {
        guard let root = try? JSONDocument(parsing: body).root else { return Array("{}".utf8) }
        var writer = JSONWriter()
        guard root.isObject else {
            copy(root, isPersonal: false, to: &writer)
            return writer.bytes
        }
        writer.beginObject()
        copyMembers(of: root, isPersonal: false, to: &writer)
        if salt > 0 { writer.member("_recorded", Int64(salt)) }
        writer.endObject()
        return writer.bytes
    }

    private func copyMembers(of object: JSONValue, isPersonal: Bool, to writer: inout JSONWriter) {
        for (key, member) in object.members {
            writer.key(key)
            let isKept = Self.kept.contains(key.lowercased()) || key.hasSuffix("_at")
            copy(member, isPersonal: Redaction.isPersonal(key) || isPersonal && !isKept, to: &writer)
        }
    }

    private func copy(_ value: JSONValue, isPersonal: Bool, to writer: inout JSONWriter) {
        switch value.kind {
        case .null, .bool:
            writer.raw(value.rawBytes)
        case .number:
            isPersonal ? writer.text(number(value.rawBytes)) : writer.raw(value.rawBytes)
        case .string:
            let string = value.string ?? ""
            writer.string(isPersonal ? text(string) : string)
        case .array:
            writer.beginArray()
            for element in value.elements { copy(element, isPersonal: isPersonal, to: &writer) }
            writer.endArray()
        case .object:
            writer.beginObject()
            copyMembers(of: value, isPersonal: isPersonal, to: &writer)
            writer.endObject()
        }
    }

    /// An e-mail address for one, a telephone number for one, a word for anything else.
    private func text(_ text: String) -> String {
        guard !text.isEmpty else { return text }
        let code = code(Array(text.utf8))
        let name = code.prefix(6).reduce(into: "") { $0 += String(UInt16($1) + 256, radix: 16).dropFirst() }
        if text.contains("@") { return "person-\(name)@example.com" }
        let isNumber = text.utf8.allSatisfy { (48...57).contains($0) || [32, 40, 41, 43, 45].contains($0) }
        guard isNumber else { return "replaced-\(name)" }
        var digits = code.makeIterator()
        return String(text.map { $0.isNumber ? Character("\((digits.next() ?? 0) % 10)") : $0 })
    }

    /// As many digits, none of them at the front a zero.
    private func number(_ raw: some Collection<UInt8>) -> String {
        var digits = code(Array(raw)).makeIterator()
        return String((0..<min(raw.count, 15)).map { _ in Character("\((digits.next() ?? 0) % 9 + 1)") })
    }

    private func code(_ bytes: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: bytes, using: key))
    }
}
