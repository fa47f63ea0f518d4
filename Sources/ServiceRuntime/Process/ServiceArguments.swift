/// What a service is asked on its command line: to run, as a rule, because all its settings come from elsewhere.
enum ServiceArguments: Equatable {
    case run
    case help
    case version
    case unknown(String)

    /// - Parameter arguments: without the name of the program.
    init(_ arguments: some Sequence<String>) {
        var arguments = arguments.makeIterator()
        switch (arguments.next(), arguments.next()) {
        case (nil, _): self = .run
        case ("--help", nil), ("-h", nil): self = .help
        case ("--version", nil): self = .version
        case (let first?, let second): self = .unknown(second ?? first)
        }
    }

    /// The text behind `--help`: what the process is for and every setting it reads.
    static func help(name: String, purpose: String, settings: [Setting]) -> String {
        let width = settings.map(\.key.count).max() ?? 0
        let rows = settings.map { setting in
            let key = setting.key + String(repeating: " ", count: width - setting.key.count)
            let standard = setting.defaultText.map { " (default: \($0))" } ?? ""
            return "  \(key)  \(setting.sentence)\(standard)"
        }
        return """
            OVERVIEW: \(purpose)

            USAGE: \(name) [--help] [--version]

            It takes its settings from the environment, then from .env, then from the folder that SECRETS_DIRECTORY names. \
            “ordersctl config check” prints the effective ones.

            SETTINGS:
            \(rows.joined(separator: "\n"))
            """
    }
}
