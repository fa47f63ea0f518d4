import FoundationEssentials

extension SettingsReader {
    /// The settings of this process: environment, then `.env` of the working folder, then a secrets folder, then the private
    /// local servers of ``LocalServersFile``, then defaults.
    ///
    /// `SECRETS_DIRECTORY` names a folder in which each file is called like a key and holds its value, as container
    /// platforms mount them.
    package static func ofProcess(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        folder: String = FileManager.default.currentDirectoryPath
    ) -> SettingsReader {
        var faults: [ConfigurationError.Fault] = []
        var file = EnvironmentFile(text: "")
        if let data = FileManager.default.contents(atPath: "\(folder)/.env") {
            file = EnvironmentFile(text: String(decoding: data, as: UTF8.self))
            faults += file.badLines.map { .init(key: ".env", value: nil, reason: "line \($0) is not NAME=value") }
        }
        let given = environment.merging(file.variables) { first, _ in first }

        var secrets: [String: String] = [:]
        if let secretsFolder = given["SECRETS_DIRECTORY"], !secretsFolder.isEmpty {
            if let names = try? FileManager.default.contentsOfDirectory(atPath: secretsFolder) {
                secrets = contents(of: names.filter { !$0.hasPrefix(".") }, in: secretsFolder)
            } else {
                faults.append(.init(key: "SECRETS_DIRECTORY", value: secretsFolder, reason: "is not a folder that can be read"))
            }
        }
        let localServers = LocalServersFile(environment: given, folder: folder)
        let configured = [environment, file.variables, secrets]
        let isProduction = SettingsReader(layers: configured).environment == .production
        return SettingsReader(
            layers: isProduction ? configured : configured + [localServers.variables()],
            localServers: localServers,
            fileNames: Set(file.variables.keys),
            faults: faults
        )
    }

    private static func contents(of names: [String], in folder: String) -> [String: String] {
        names.reduce(into: [:]) { contents, name in
            // A folder in the folder has no contents and is left out.
            guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else { return }
            contents[name] = String(decoding: data, as: UTF8.self)
        }
    }
}
