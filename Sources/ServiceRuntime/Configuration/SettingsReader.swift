import Configuration

/// Reads settings by the exact names of their environment variables, and remembers what each of them means.
///
/// Every library has one struct whose `init(settings: inout SettingsReader)` calls the methods below, one call a key. A call never throws:
/// it records the fault and returns the default, so that ``finish()`` reports everything that is wrong at once. An
/// empty value counts as not set.
package struct SettingsReader: Sendable {
    /// `APP_ENV`, for libraries that refuse a convenience in production.
    package private(set) var environment: AppEnvironment = .development
    /// Every setting read so far, in order, each once.
    package private(set) var settings: [Setting] = []
    /// Where the private local servers of this process leave their addresses.
    package let localServers: LocalServersFile
    /// Names given by `.env`; a name that no library reads is probably a typing error.
    package let fileNames: Set<String>

    private let config: ConfigReader
    private let names: Set<String>
    private var faults: [ConfigurationError.Fault] = []

    /// Reads from layers of variables; an earlier layer wins.
    package init(
        layers: [[String: String]],
        localServers: LocalServersFile = LocalServersFile(environment: [:], folder: "."),
        fileNames: Set<String> = [],
        faults: [ConfigurationError.Fault] = []
    ) {
        self.localServers = localServers
        self.fileNames = fileNames
        self.faults = faults
        names = Set(layers.flatMap(\.keys))
        config = ConfigReader(providers: layers.map { EnvironmentVariablesProvider(environmentVariables: $0) })
        environment = choice(
            "APP_ENV",
            default: .development,
            "Where the process runs; production refuses every shortcut that weakens safety."
        )
    }

    /// Throws everything that was wrong with the settings read so far.
    package func finish() throws(ConfigurationError) {
        let faults = faults + clashes
        if !faults.isEmpty { throw ConfigurationError(faults: faults) }
    }

    /// Ports of one process that are the same.
    private var clashes: [ConfigurationError.Fault] {
        let ports = ["PORT", "CONSOLE_PORT"].compactMap { key in settings.first { $0.key == key } }
        guard let admin = settings.first(where: { $0.key == "ADMIN_PORT" })?.shownValue else { return [] }
        return ports.filter { $0.shownValue == admin }
            .map { .init(key: $0.key, value: admin, reason: "must not be the port of ADMIN_PORT") }
    }

    /// Whether a source gives the key a value; reading it this way does not describe it.
    package func isSet(_ key: String) -> Bool {
        text(key, isSecret: true) != nil
    }

    /// Whether a source gives any key of a family a value.
    package func isAnySet(family prefix: String) -> Bool {
        names(startingWith: prefix).contains(where: isSet)
    }

    /// Records a fault that only shows when several settings are looked at together; the value is not repeated.
    package mutating func refuse(_ key: String, because reason: String) {
        add(.init(key: key, value: nil, reason: reason))
    }

    /// Describes the setting, then parses its text; `nil` when it is not set or refused.
    mutating func read<Value>(_ setting: Setting, shown: (Value) -> String, parse: (String) -> Value?) -> Value? {
        var setting = setting
        let text = text(setting.key, isSecret: setting.isSecret)
        let value = text.flatMap(parse)
        setting.isSet = text != nil
        setting.shownValue = value.map(shown) ?? setting.defaultText
        describe(setting)
        if let text, value == nil {
            add(.init(key: setting.key, value: setting.isSecret ? nil : text, reason: "must be \(setting.allowed)"))
        }
        return value
    }

    /// A key that several libraries read is at fault once.
    private mutating func add(_ fault: ConfigurationError.Fault) {
        if !faults.contains(fault) { faults.append(fault) }
    }

    /// Records the setting unless its key is known already.
    mutating func describe(_ setting: Setting) {
        if !settings.contains(where: { $0.key == setting.key }) { settings.append(setting) }
    }

    /// The set names that start with the prefix and go on after it, sorted.
    func names(startingWith prefix: String) -> [String] {
        names.filter { $0.hasPrefix(prefix) && $0.count > prefix.count }.sorted()
    }

    private func text(_ key: String, isSecret: Bool) -> String? {
        guard let text = config.string(forKey: ConfigKey([key]), isSecret: isSecret)?.trimmingSpace(), !text.isEmpty else {
            return nil
        }
        return String(text)
    }
}
