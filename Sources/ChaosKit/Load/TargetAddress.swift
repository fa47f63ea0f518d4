/// Where a load goes: the host and port of an `http://` URL.
package struct TargetAddress: Sendable, Equatable {
    package var host: String
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Nil unless the URL is `http://host` or `http://host:port`, with or without a slash at its end.
    package init?(url: String) {
        guard url.hasPrefix("http://") else { return nil }
        var authority = url.dropFirst("http://".count)
        if authority.last == "/" { authority.removeLast() }
        guard !authority.isEmpty, !authority.contains(where: { "/?#@ ".contains($0) }) else { return nil }
        let colon = authority.last == "]" ? nil : authority.lastIndex(of: ":")
        let name = colon.map { authority[..<$0] } ?? authority
        guard let port = colon.map({ Int(authority[authority.index(after: $0)...]) }) ?? 80, (1...65_535).contains(port) else {
            return nil
        }
        let isBracketed = name.first == "[" && name.last == "]"
        host = String(isBracketed ? name.dropFirst().dropLast() : name)
        guard !host.isEmpty, isBracketed || !host.contains(":") else { return nil }
        self.port = port
    }

    /// The value of a `Host` header.
    package var hostHeader: String {
        "\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
