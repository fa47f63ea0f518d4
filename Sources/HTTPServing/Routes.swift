package import NIOHTTP1

/// Which endpoint takes which request: look-ups in tables of full paths, with or without a slash at the end.
package struct Routes: Sendable {
    /// Where a request goes.
    package struct Match: Sendable {
        package let endpoint: any Endpoint
        package let parameter: String?
    }

    fileprivate struct Methods {
        var endpoints: [(method: HTTPMethod, endpoint: any Endpoint)] = []
    }

    /// What ends the path of a route whose last part is open.
    private static let openEnd = "/{id}"

    private var paths: [String: Methods] = [:]
    /// Of routes whose last part is open, by what is before the last slash.
    private var members: [String: Methods] = [:]

    package init() {}

    /// Adds a route; a path that ends in `/{id}` takes any last part.
    package mutating func add(_ method: HTTPMethod, _ path: String, _ endpoint: any Endpoint) {
        if path.hasSuffix(Self.openEnd) {
            members[String(path.dropLast(Self.openEnd.count)), default: Methods()].endpoints.append((method, endpoint))
        } else {
            paths[path, default: Methods()].endpoints.append((method, endpoint))
        }
    }

    /// Adds the routes of another part of the server.
    package mutating func add(_ others: Routes) {
        paths.merge(others.paths) { Methods(endpoints: $0.endpoints + $1.endpoints) }
        members.merge(others.members) { Methods(endpoints: $0.endpoints + $1.endpoints) }
    }

    /// Finds the endpoint of a request.
    package func match(_ head: HTTPRequestHead) throws(Refusal) -> Match {
        var path = head.uri.utf8.contains(UInt8(ascii: "?")) ? String(head.uri.prefix { $0 != "?" }) : head.uri
        if let methods = paths[path] { return Match(endpoint: try methods.endpoint(head.method), parameter: nil) }
        if path.utf8.count > 1, path.utf8.last == UInt8(ascii: "/") {
            path.removeLast()
            if let methods = paths[path] { return Match(endpoint: try methods.endpoint(head.method), parameter: nil) }
        }
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), let methods = members[String(path[..<slash])] else {
            throw .notFound
        }
        let last = path[path.utf8.index(after: slash)...]
        guard !last.isEmpty else { throw .notFound }
        return Match(endpoint: try methods.endpoint(head.method), parameter: String(last))
    }
}

extension Routes.Methods {
    fileprivate func endpoint(_ method: HTTPMethod) throws(Refusal) -> any Endpoint {
        for entry in endpoints where entry.method == method { return entry.endpoint }
        throw .methodNotAllowed(endpoints.map(\.method.rawValue).sorted().joined(separator: ", "))
    }
}
