/// Asks a local server one question.
struct HTTPProbe: Sendable {
    private let target: TargetAddress

    init(_ target: TargetAddress) {
        self.target = target
    }

    /// The answer to a GET; nil when there is none.
    func get(_ path: String) async -> (status: Int, body: String)? {
        var load = HTTPLoad(host: target.host, port: target.port, connections: 1)
        load.keepsBodies = true
        load.unreachableTimeout = .milliseconds(100)
        let request = PreparedRequest(getting: path, host: target.hostHeader)
        // No answer is an answer here: the caller asks again or gives up.
        guard let result = try? await load.run([request]), case .answered(let status)? = result.outcomes.first else { return nil }
        return (status, result.bodies[0])
    }

    /// The sum of all series of a Prometheus counter or gauge; nil when there is none.
    func metric(_ name: String) async -> Double? {
        guard let answer = await get("/metrics"), answer.status == 200 else { return nil }
        let values = answer.body.split(separator: "\n").compactMap { line -> Double? in
            guard line.hasPrefix(name), let end = line.dropFirst(name.count).first, end == " " || end == "{" else { return nil }
            return line.split(separator: " ").last.flatMap { Double($0) }
        }
        return values.isEmpty ? nil : values.reduce(0, +)
    }
}
