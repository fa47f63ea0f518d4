import Foundation
import LocalServers
import ServiceRuntime
import Subprocess
import TestSystem
import Testing

/// How the five programs behave towards those who call them.
@Suite(.timeLimit(.minutes(10))) struct ProgramTests {
    private static let programs = ["ingest", "orchestrator", "console", "ordersctl", "chaos"]

    private static func run(
        _ name: String,
        _ arguments: [String],
        _ environment: [String: String] = [:],
        in folder: TestFolder
    ) async throws -> (status: TerminationStatus?, output: String) {
        let program = folder.program(name, arguments: arguments, environment: environment)
        try await program.spawn()
        return (await program.ended(), program.log)
    }

    @Test(arguments: programs) func `a program explains itself, says its version, and refuses what it does not know`(
        name: String
    ) async throws {
        try await TestFolder.with { folder in
            let help = try await Self.run(name, ["--help"], in: folder)
            #expect(help.status == .exited(0))
            #expect(help.output.contains("OVERVIEW: ") && help.output.contains("USAGE: \(name)"), "\(help.output)")
            let version = try await Self.run(name, ["--version"], in: folder)
            #expect(version.status == .exited(0))
            #expect(version.output == "\(ProductVersion.text)\n")
            let unknown = try await Self.run(name, ["--nonsense"], in: folder)
            #expect(unknown.status == .exited(ExitStatus.usage))
            #expect(unknown.output.contains("--nonsense"))
        }
    }

    @Test(arguments: [["--state", "doen"], ["--state", "done"], ["--finished", "--state", "dead"]])
    func `a state that no listed job can have is refused, not answered with an empty list`(arguments: [String]) async throws {
        try await TestFolder.with { folder in
            let jobs = try await Self.run("ordersctl", ["jobs"] + arguments, in: folder)
            #expect(jobs.status == .exited(ExitStatus.usage))
            #expect(jobs.output.contains("is none of these"), "\(jobs.output)")
        }
    }

    @Test(arguments: [
        ["chaos", "sandbox", "--port", "99999"], ["ordersctl", "up", "--sandbox-port", "99999"],
        ["ordersctl", "up", "--postgres-port", "0"], ["ordersctl", "explain", "1", "--shop", "a", "--source", "foo"],
        ["chaos", "prove", "--json", "/nowhere/report.json"],
        ["chaos", "record", "/nowhere/week", "--from", "2026-01-01T00:00:00Z", "--to", "2026-01-02T00:00:00Z"],
    ])
    func `what cannot work is refused before anything begins`(arguments: [String]) async throws {
        try await TestFolder.with { folder in
            let outcome = try await Self.run(arguments[0], Array(arguments.dropFirst()), in: folder)
            #expect(outcome.status == .exited(ExitStatus.usage), "\(outcome.output)")
        }
    }

    @Test(arguments: ["--admin-port", "--sandbox-port", "--redis-port", "PORT", "CONSOLE_PORT"])
    func `a chosen port that another process has is refused with the name of its option`(option: String) async throws {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                try await system.withSandbox { taken async throws in
                    let port = "\(taken.client.port)"
                    var environment = ["PORT": "\(try await LocalPort.free())"]
                    if !option.hasPrefix("--") { environment[option] = port }
                    let up = try await Self.run(
                        "ordersctl",
                        ["up"] + (option.hasPrefix("--") ? [option, port] : []),
                        environment,
                        in: folder
                    )
                    #expect(up.status == .exited(ExitStatus.failure))
                    #expect(up.output.contains("choose another one with \(option)."), "\(up.output)")
                }
            }
        }
    }

    @Test func `the first password of the console is there to be read while the console runs`() async throws {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                let port = "\(try await LocalPort.free())"
                try await system.withProcess("console", ["CONSOLE_PORT": port], in: folder) { console async throws in
                    try await eventually("the password is there") { console.running.log.contains("the password is ") }
                }
            }
        }
    }

    @Test func `a command says that the schema is missing, and migrate makes it`() async throws {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                try await system.execute("ALTER TABLE schema_migrations RENAME TO schema_migrations_of_before")
                for command in [["verify"], ["queues"], ["jobs"]] {
                    let outcome = try await Self.run("ordersctl", command, system.environment, in: folder)
                    #expect(outcome.status == .exited(ExitStatus.failure))
                    #expect(outcome.output.contains("run `ordersctl migrate`"), "\(outcome.output)")
                }
            }
        }
    }

    @Test(arguments: ["requeue", "discard"], ["--error", "--shop", "--order"])
    func `an empty option does not mean every dead letter`(command: String, option: String) async throws {
        try await TestFolder.with { folder in
            let change = try await Self.run("ordersctl", ["dead-letters", command, option, ""], in: folder)
            #expect(change.status == .exited(ExitStatus.usage), "\(change.output)")
            #expect(change.output.contains(option == "--order" ? "UUID" : "\(option) is empty"), "\(change.output)")
        }
    }

    @Test(arguments: [
        ["jobs", "--limit=-1"], ["jobs", "--limit=0"], ["dead-letters", "--limit=10001"],
        ["dead-letters", "groups", "--limit=-1"], ["verify", "--wait=-5"], ["pause", "courier-commands", "--wait=-5"],
        ["queues", "--wait=-5"], ["dead-letters", "requeue", "--all", "--rate=0"],
    ])
    func `a number that means nothing is refused with the numbers that do`(arguments: [String]) async throws {
        try await TestFolder.with { folder in
            let outcome = try await Self.run("ordersctl", arguments, in: folder)
            #expect(outcome.status == .exited(ExitStatus.usage), "\(outcome.output)")
            #expect(outcome.output.contains("It takes a number from "), "\(outcome.output)")
        }
    }

    @Test func `a queue that is misspelt is refused with those there are`() async throws {
        try await TestFolder.with { folder in
            let outcome = try await Self.run("ordersctl", ["queues", "--queue", "courier"], in: folder)
            #expect(outcome.status == .exited(ExitStatus.usage), "\(outcome.output)")
            #expect(outcome.output.contains("courier-commands"), "\(outcome.output)")
        }
    }

    @Test(arguments: [SIGINT, SIGTERM]) func `a command that is interrupted while its servers start ends as an interrupted one`(
        signal: Int32
    ) async throws {
        try await TestFolder.with { folder in
            // A PostgreSQL that is never ready; it runs as another user.
            let begun = "\(folder.path)/begun"
            try FileManager.default.createDirectory(atPath: begun, withIntermediateDirectories: true)
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: begun)
            let scripts = [
                "pg_config": "echo '\(folder.path)'", "initdb": "exit 0", "postgres": "touch '\(begun)/it'\nexec sleep 600",
            ]
            for (name, script) in scripts {
                try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(filePath: "\(folder.path)/\(name)"))
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(folder.path)/\(name)")
            }
            let path = "\(folder.path):\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")"
            let program = folder.program(
                "ordersctl",
                arguments: ["with-servers", "--fresh", "--", "true"],
                environment: ["PATH": path]
            )
            try await program.spawn()
            try await eventually("it has begun") { FileManager.default.fileExists(atPath: "\(begun)/it") }
            program.send(signal)
            #expect(await program.ended() == .exited(130), "\(program.log)")
            #expect(program.log.contains("Stopped before everything had started"), "\(program.log)")
        }
    }

    @Test func `users and tokens can be read by programs`() async throws {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                func json(_ arguments: [String]) async throws -> Any {
                    let outcome = try await Self.run("ordersctl", arguments + ["--json"], system.environment, in: folder)
                    #expect(outcome.status == .exited(0), "\(outcome.output)")
                    return try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
                }
                let added = try await json(["users", "add", "vera", "--role", "operator"]) as? [String: Any]
                #expect((added?["password"] as? String)?.count == 20)
                let disabled = try await json(["users", "disable", "vera"]) as? [String: Any]
                #expect((disabled?["user"] as? [String: Any])?["disabled"] as? Bool == true)
                let users = try await json(["users"]) as? [[String: Any]]
                #expect(users?.map { $0["role"] as? String } == ["operator"])
                let token = try await json(["tokens", "add", "stock"]) as? [String: Any]
                #expect((token?["secret"] as? String)?.count == 64)
                let id = try #require((token?["token"] as? [String: Any])?["id"] as? String)
                #expect((try await json(["tokens"]) as? [[String: Any]])?.map { $0["id"] as? String } == [id])
                #expect((try await json(["tokens", "revoke", id]) as? [String: Any])?["revoked"] as? String == id)
                let rebuilt = try await json(["rebuild", "--dry-run"]) as? [String: Any]
                #expect(rebuilt?["orders"] as? Int == 0 && rebuilt?["dryRun"] as? Bool == true)
            }
        }
    }

    @Test func `a service lists its settings without opening anything`() async throws {
        try await TestFolder.with { folder in
            // Settings that would stop it do not keep it from explaining them.
            let help = try await Self.run("ingest", ["--help"], ["PORT": "many"], in: folder)
            #expect(help.status == .exited(0))
            for key in ["DATABASE_URL", "SHOPIFY_WEBHOOK_SECRETS", "INGEST_MAX_BODY_BYTES"] { #expect(help.output.contains(key)) }
        }
    }

    @Test func `every fault of the configuration is told at once, with the key that was meant`() async throws {
        try await TestFolder.with { folder in
            let text = "INGEST_WRITER=4\nLOG_LEVEL=loud\nPORT=many\n"
            try Data(text.utf8).write(to: URL(filePath: "\(folder.path)/.env"))
            let check = try await Self.run("ordersctl", ["config", "check"], in: folder)
            #expect(check.status == .exited(ExitStatus.configuration))
            for part in ["LOG_LEVEL=", "PORT=", "INGEST_WRITER: ", "did you mean INGEST_WRITERS?"] {
                #expect(check.output.contains(part), "\(check.output)")
            }
            let verify = try await Self.run("ordersctl", ["verify"], in: folder)
            #expect(verify.status == .exited(ExitStatus.configuration))
            #expect(verify.output.contains("LOG_LEVEL="))
        }
    }

    /// Each is given a port on which somebody listens.
    @Test(arguments: [
        (name: "chaos", key: "", says: "The sandbox cannot be served"),
        (name: "ingest", key: "PORT", says: "Webhooks and the storefront cannot be served"),
        (name: "console", key: "CONSOLE_PORT", says: "The console cannot be served"),
        (name: "orchestrator", key: "ADMIN_PORT", says: "The admin endpoints cannot be served"),
    ])
    func `a port that another process has is named in the last line`(name: String, key: String, says: String) async throws {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                try await system.withSandbox { taken async throws in
                    let port = "\(taken.client.port)"
                    let arguments = name == "chaos" ? ["sandbox", "--port", port] : []
                    var environment = system.environment.merging([
                        "SHOPIFY_WEBHOOK_SECRETS": TestSystem.secret, "APP_ENV": "test", "LOG_LEVEL": "warning",
                        "HOST": "127.0.0.1", "CONSOLE_HOST": "127.0.0.1", "CONSOLE_ADMIN_PASSWORD": "a long password",
                    ]) { $1 }
                    for key in ["PORT", "CONSOLE_PORT", "ADMIN_PORT"] { environment[key] = "\(try await LocalPort.free())" }
                    if !key.isEmpty { environment[key] = port }
                    let outcome = try await Self.run(name, arguments, environment, in: folder)
                    #expect(outcome.status == .exited(ExitStatus.failure))
                    let lines = outcome.output.split(separator: "\n")
                    let last = try #require(lines.last)
                    #expect(last.contains(says) && last.hasSuffix("another process has the port"), "\(outcome.output)")
                    #expect(name != "chaos" || lines.count == 1, "\(outcome.output)")
                    #expect(!outcome.output.contains("errno"), "\(outcome.output)")
                }
            }
        }
    }

    @Test func `what is verified, and what a courier answered last, can be read by programs`() async throws {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                let answer = #"{"error":{"code":"unavailable"}}"#
                try await system.execute(
                    """
                    INSERT INTO jobs (order_id, queue, key, shop, input, state, attempt, max_attempts, run_at, last_error, last_answer)
                    VALUES (gen_random_uuid(), 'courier-commands', 'cancel:1', 'a.example', '{}', 'dead', 3, 3, now(),
                        'the courier service: the answer was 503', '\(answer)')
                    """
                )
                let id = try await system.texts("SELECT id::text FROM jobs")[0]
                let letter = try await Self.run("ordersctl", ["dead-letters", "show", id], system.environment, in: folder)
                #expect(letter.status == .exited(0), "\(letter.output)")
                #expect(letter.output.contains("the answer was 503") && letter.output.contains(answer), "\(letter.output)")
                // It does not come due any more.
                #expect(letter.output.contains("given up on") && !letter.output.contains("due"), "\(letter.output)")
                let others = try await Self.run("ordersctl", ["jobs", "--state", "ready"], system.environment, in: folder)
                #expect(others.output == "There are none.\n")
                let verify = try await Self.run("ordersctl", ["verify", "--json"], system.environment, in: folder)
                #expect(verify.status == .exited(0), "\(verify.output)")
                let report = try JSONSerialization.jsonObject(with: Data(verify.output.utf8)) as? [String: Any]
                #expect(report?["holds"] as? Bool == true)
                #expect((report?["findings"] as? [[String: Any]])?.contains { $0["invariant"] as? String == "I6" } == true)
            }
        }
    }

    /// Two dead letters of two queues.
    private static let deadLetters = """
        INSERT INTO jobs (order_id, queue, key, shop, input, state, attempt, max_attempts, run_at, last_error)
        SELECT gen_random_uuid(), queue, 'cancel:1', 'a.example', '{}', 'dead', 3, 3, now(), 'the answer was 503'
        FROM unnest('{courier-commands,internal-booking-events}'::text[]) AS t (queue)
        """

    /// Commands that change something of `deadLetters`, and what is written down of each.
    private static let changes = [
        (["pause", "courier-commands", "--by", "night shift"], #"queue.pause queue:courier-commands {"by": "night shift"}"#),
        (["resume", "courier-commands"], "queue.resume queue:courier-commands -"),
        (
            ["dead-letters", "requeue", "--queue", "courier-commands", "--error", "503"],
            #"dead-letters.requeue jobs {"changed": 1}"#
        ),
        (["dead-letters", "discard", "--all", "--reason", "no use"], #"dead-letters.discard jobs {"changed": 1}"#),
        (["rebuild"], "orders.rebuild orders -"),
        (["users", "add", "vera"], #"user.add user:vera {"role": "viewer"}"#),
        (["users", "disable", "vera"], "user.disable user:vera -"),
    ]

    @Test func `what is changed at a terminal is written down with who did it, and what changes nothing is not`()
        async throws
    {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                let environment = system.environment.merging(["USER": "root", "SUDO_USER": "ana"]) { $1 }
                try await system.execute(Self.deadLetters)
                let idle = [
                    ["resume", "courier-commands"], ["dead-letters", "requeue", "--all", "--dry-run"],
                    ["dead-letters", "discard", "--shop", "b.example"], ["rebuild", "--dry-run"],
                ]
                for arguments in idle + Self.changes.map(\.0) {
                    let outcome = try await Self.run("ordersctl", arguments, environment, in: folder)
                    #expect(outcome.status == .exited(0), "\(outcome.output)")
                }
                let written = try await system.texts(
                    """
                    SELECT concat_ws(' ', action, target, coalesce(after::text, '-')) FROM operator_audit
                    WHERE actor = 'ordersctl:ana' ORDER BY id
                    """
                )
                #expect(written == Self.changes.map(\.1))
                let filters = """
                    SELECT concat_ws(' ', before, reason) FROM operator_audit WHERE before IS NOT NULL ORDER BY id
                    """
                #expect(
                    try await system.texts(filters) == [#"{"error": "503", "queue": "courier-commands"}"#, "{} no use"]
                )
            }
        }
    }

    @Test func `a discard that is only tried says how many are meant, changes nothing, and refuses what it would refuse`()
        async throws
    {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                func discard(_ arguments: [String]) async throws -> (status: TerminationStatus?, output: String) {
                    try await Self.run("ordersctl", ["dead-letters", "discard"] + arguments, system.environment, in: folder)
                }
                try await system.execute(Self.deadLetters)
                #expect(try await discard(["--all", "--dry-run"]) == (.exited(0), "2 dead letters would be discarded.\n"))
                let json = try await discard(["--queue", "courier-commands", "--dry-run", "--json"])
                #expect(json == (.exited(0), #"{"discarded":1,"dryRun":true}"# + "\n"))
                // One of the two is now about a booking that is parked.
                try await system.execute(
                    """
                    INSERT INTO bookings (order_id, attempt, state, reference, destination_hash)
                    SELECT order_id, 1, 'parked', gen_random_uuid(), '' FROM jobs WHERE queue = 'internal-booking-events';
                    UPDATE jobs SET key = concat('book:', order_id, ':1') WHERE queue = 'internal-booking-events'
                    """
                )
                for mode in [["--dry-run"], []] {
                    let refused = try await discard(["--all"] + mode)
                    #expect(refused.status == .exited(ExitStatus.failure))
                    #expect(refused.output.contains("1 of them are about bookings that are not over"), "\(refused.output)")
                }
                #expect(try await system.texts("SELECT state FROM jobs") == ["dead", "dead"])
                #expect(try await system.count("SELECT count(*) FROM operator_audit") == 0)
                // The other one can go.
                #expect(try await discard(["--queue", "courier-commands"]).output == "1 dead letter discarded.\n")
            }
        }
    }

    @Test func `what cannot be written down is not changed at a terminal either`() async throws {
        try await TestFolder.with { folder in
            try await TestSystem.with { system async throws in
                try await system.execute(Self.deadLetters)
                try await system.refuse("INSERT ON operator_audit", when: "NEW.id > 0", saying: "no records in this house")
                for (arguments, _) in Self.changes where !["resume", "users"].contains(arguments[0]) {
                    let outcome = try await Self.run("ordersctl", arguments, system.environment, in: folder)
                    #expect(outcome.status == .exited(1) && outcome.output.contains("no records"), "\(outcome.output)")
                }
                #expect(try await system.count("SELECT count(*) FROM jobs WHERE state = 'dead'") == 2)
                #expect(try await system.count("SELECT count(*) FROM queue_states WHERE paused_at IS NOT NULL") == 0)
            }
        }
    }

    @Test func `a database that is away is not a promise that is broken`() async throws {
        try await TestFolder.with { folder in
            let url = "postgresql://orders@127.0.0.1:\(try await LocalPort.free())/orders"
            let verify = try await Self.run("ordersctl", ["verify"], ["DATABASE_URL": url], in: folder)
            #expect(verify.status == .exited(ExitStatus.unavailable), "\(verify.output)")
        }
    }
}
