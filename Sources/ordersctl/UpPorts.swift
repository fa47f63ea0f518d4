import LocalServers

/// The ports of one `ordersctl up`: each is given to one process, and none that another process of this machine has.
///
/// Who asks a port whether a process is ready must know that it is this process that answers.
struct UpPorts {
    private var given: Set<Int> = []

    /// A port that the operator has chosen.
    ///
    /// - Parameters:
    ///   - whose: what listens there, in words.
    ///   - option: with what the operator chooses it.
    mutating func take(_ port: Int, for whose: String, option: String) async throws -> Int {
        guard !given.contains(port), try await LocalPort.isFree(port) else {
            throw CommandFailure("Port \(port), for \(whose), is taken already: choose another one with \(option).")
        }
        given.insert(port)
        return port
    }

    /// A port that nobody has chosen: the usual one, or a free one when that is taken.
    mutating func take(usually port: Int) async throws -> Int {
        var free = try await LocalPort.free(preferring: given.contains(port) ? nil : port)
        while given.contains(free) { free = try await LocalPort.free() }
        given.insert(free)
        return free
    }

    /// The chosen port, if any; else nil, for a port that is drawn later.
    mutating func take(ifChosen port: Int?, for whose: String, option: String) async throws -> Int? {
        guard let port else { return nil }
        return try await take(port, for: whose, option: option)
    }

    /// The chosen port, or the usual one unless it is taken.
    mutating func take(_ chosen: Int?, usually port: Int, for whose: String, option: String) async throws -> Int {
        guard let chosen else { return try await take(usually: port) }
        return try await take(chosen, for: whose, option: option)
    }
}
