/// The labels of one series, in the form in which Prometheus reads them.
struct Labels: Hashable {
    /// `name="value",…` without braces; empty when there are none.
    let text: String

    init(_ dimensions: [(String, String)]) {
        text = dimensions.map { "\(Self.identifier($0.0))=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
    }

    /// The labels in braces, with a further one at the end.
    func braced(adding extra: String = "") -> String {
        let parts = [text, extra].filter { !$0.isEmpty }
        return parts.isEmpty ? "" : "{\(parts.joined(separator: ","))}"
    }

    /// The name with every character that Prometheus does not allow replaced by `_`.
    static func identifier(_ name: String) -> String {
        let allowed = name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") ? $0 : "_" }
        return allowed.first?.isNumber == true ? "_\(String(allowed))" : String(allowed)
    }

    private static func escaped(_ value: String) -> String {
        value.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}
