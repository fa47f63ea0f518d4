/// What `compose.yaml` gives to our programs. It reads as much YAML as is used there.
struct ComposeFile {
    /// A service that runs one of our programs.
    struct Service {
        var command: [String]
        /// Without what is empty, which counts as not set.
        var environment: [String: String]
    }

    private indirect enum Node {
        case text(String)
        case map([String: Node])

        subscript(_ key: String) -> Node? {
            guard case .map(let members) = self else { return nil }
            return members[key]
        }
    }

    private struct Fault: Error, CustomStringConvertible {
        var description: String
    }

    private(set) var services: [String: Service] = [:]

    /// - Parameter variables: the environment of whoever calls `docker compose`.
    init(_ text: String, variables: [String: String]) throws {
        var reader = Reader(text)
        let services = try reader.map(indentation: 0)["services"]
        guard case .map(let services) = services else { throw Fault(description: "compose.yaml has no services") }
        for (name, service) in services {
            // Others have an image that somebody else made.
            guard service["build"] != nil, case .text(let command) = service["command"],
                case .map(let environment) = service["environment"]
            else { continue }
            var values: [String: String] = [:]
            for case (let key, .text(let value)) in environment {
                let value = try Self.substituted(value, variables)
                if !value.isEmpty { values[key] = value }
            }
            self.services[name] = Service(command: Self.words(command), environment: values)
        }
    }

    /// `${NAME}`, `${NAME:-DEFAULT}` and `${NAME:?WHY IT IS NEEDED}`.
    private static func substituted(_ text: String, _ variables: [String: String]) throws -> String {
        var (result, rest) = ("", text[...])
        while let start = rest.firstRange(of: "${"), let end = rest[start.upperBound...].firstIndex(of: "}") {
            result += rest[..<start.lowerBound]
            let inner = rest[start.upperBound..<end]
            let name = inner.prefix { $0 != ":" }
            let value = variables[String(name), default: ""]
            if value.isEmpty, inner.dropFirst(name.count).hasPrefix(":?") { throw Fault(description: "\(name) is needed") }
            result += value.isEmpty ? String(inner.dropFirst(name.count + 2)) : value
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private static func words(_ list: String) -> [String] {
        list.split(separator: ",").map { String($0.trimmingPrefix { "[ \"".contains($0) }.prefix { !"]\"".contains($0) }) }
    }

    private struct Reader {
        private var lines: [(indentation: Int, text: Substring)]
        private var anchors: [String: Node] = [:]

        init(_ text: String) {
            lines = text.split(separator: "\n").reversed().compactMap { line in
                let text = line.drop { $0 == " " }
                return text.isEmpty || text.hasPrefix("#") ? nil : (line.count - text.count, text)
            }
        }

        /// The members that are indented like this; what is merged into them yields to their own.
        mutating func map(indentation: Int) throws -> Node {
            var members: [String: Node] = [:]
            while let line = lines.last, line.indentation == indentation {
                lines.removeLast()
                // Lists of this file say nothing that is of use here.
                if line.text.hasPrefix("- ") { continue }
                guard let colon = line.text.firstIndex(of: ":") else { throw Fault(description: "not understood: \(line.text)") }
                let key = String(line.text[..<colon])
                var value = line.text[line.text.index(after: colon)...].drop { $0 == " " }
                var anchor: String?
                if value.hasPrefix("&") {
                    anchor = String(value.dropFirst().prefix { $0 != " " })
                    value = value.drop { $0 != " " }.drop { $0 == " " }
                }
                let node = try node(value, below: indentation)
                if let anchor { anchors[anchor] = node }
                if key == "<<", case .map(let merged) = node {
                    members.merge(merged) { own, _ in own }
                } else {
                    members[key] = node
                }
            }
            return .map(members)
        }

        private mutating func node(_ value: Substring, below indentation: Int) throws -> Node {
            if value.hasPrefix("*") {
                guard let node = anchors[String(value.dropFirst())] else { throw Fault(description: "no anchor \(value)") }
                return node
            }
            if !value.isEmpty { return .text(String(value.hasPrefix("\"") ? value.dropFirst().dropLast() : value)) }
            guard let next = lines.last, next.indentation > indentation else { return .text("") }
            return try map(indentation: next.indentation)
        }
    }
}
