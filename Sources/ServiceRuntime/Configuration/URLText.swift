/// Addresses of servers as plain text: put together from parts, and shown without credentials.
package enum URLText {
    /// The text in a form that is safe in any part of a URL: everything but RFC 3986's unreserved characters is escaped.
    static func escaped(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        return text.utf8.reduce(into: "") { result, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                result.append("%")
                result.append(digits[Int(byte >> 4)])
                result.append(digits[Int(byte & 15)])
            }
        }
    }

    /// A host as it stands in a URL: an IPv6 address goes into brackets.
    static func host(_ host: String) -> String {
        host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
    }

    /// Whether every port that the URL names is one; PostgreSQL's may name several hosts.
    static func hasUsablePorts(_ url: String) -> Bool {
        guard let scheme = url.firstRange(of: "://") else { return false }
        let authority = url[scheme.upperBound...].prefix { !"/?#".contains($0) }
        let hosts = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        return hosts.split(separator: ",").allSatisfy { host in
            let afterAddress = host.lastIndex(of: "]").map { host[$0...] } ?? host
            guard let colon = afterAddress.lastIndex(of: ":") else { return true }
            let port = afterAddress[afterAddress.index(after: colon)...]
            return port.isEmpty || Int(port).map { (1...65_535).contains($0) } == true
        }
    }

    /// The URL with everything before the host and every query value replaced, for people to read.
    package static func withoutCredentials(_ url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return "(hidden)" }
        let rest = url[scheme.upperBound...]
        let authorityEnd = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        let authority = rest[..<authorityEnd]
        let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        let path = rest[authorityEnd...].prefix { $0 != "?" && $0 != "#" }
        // A stray "/" or "?" in an unescaped password would end the authority early and leave the rest of it in the path.
        if path.contains("@") || rest[authorityEnd...].contains("@") { return "\(url[..<scheme.upperBound])(hidden)" }
        let user = host.startIndex == authority.startIndex ? "" : "(hidden)@"
        return "\(url[..<scheme.upperBound])\(user)\(host)\(path)"
    }
}
