import Testing

@testable import Postgres

@Suite struct PostgresConfigurationTests {
    @Test func `A URL gives libpq's keywords`() throws {
        let url = "postgres://me:p%40ss@db.example:6432/orders?sslmode=verify-full&sslrootcert=/etc/ca.pem"
        let keywords = try PostgresConfiguration(url: url).keywords
        #expect(keywords["host"] == "db.example")
        #expect(keywords["port"] == "6432")
        #expect(keywords["user"] == "me")
        #expect(keywords["password"] == "p@ss")
        #expect(keywords["dbname"] == "orders")
        #expect(keywords["sslmode"] == "verify-full")
        #expect(keywords["sslrootcert"] == "/etc/ca.pem")
    }

    @Test func `The other scheme and a unix socket work`() throws {
        let keywords = try PostgresConfiguration(url: "postgresql:///orders?host=/run/postgresql&user=me").keywords
        #expect(keywords["host"] == "/run/postgresql")
        #expect(keywords["dbname"] == "orders")
    }

    @Test func `Name and connect time-out in the URL set the properties`() throws {
        let configuration = try PostgresConfiguration(url: "postgres://h/d?application_name=ingest&connect_timeout=2")
        #expect(configuration.applicationName == "ingest")
        #expect(configuration.connectTimeout == .seconds(2))
    }

    @Test(arguments: [
        "", "host=db", "mysql://h/d", "postgres://h/d?nonsense=1", "postgres://h/d?connect_timeout=soon",
        "postgres://h/d?sslmode=nonsense",
    ])
    func `What is no connection URL is refused`(url: String) throws {
        let error = #expect(throws: PostgresError.self) { try PostgresConfiguration(url: url) }
        #expect(error?.code == .configuration)
    }

    @Test func `The password shows nowhere`() throws {
        let configuration = try PostgresConfiguration(url: "postgres://me:hunter2@db/orders")
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!"\(configuration) \(String(reflecting: configuration)) \(dumped)".contains("hunter2"))
        #expect(configuration.description.contains("password=***"))
        let error = #expect(throws: PostgresError.self) { try PostgresConfiguration(url: "postgres://me:hunter2%@db") }
        #expect(!"\(try #require(error))".contains("hunter2"))
    }

    @Test func `Search path and time-outs travel as start-up options`() throws {
        var configuration = PostgresConfiguration(host: "db", user: "me", database: "orders")
        configuration.searchPath = ["my schema", "public"]
        configuration.statementTimeout = .milliseconds(1500)
        configuration.lockTimeout = nil
        configuration.idleInTransactionTimeout = nil
        #expect(
            configuration.keywords["options"]
                == #"-c client_min_messages=warning -c search_path="my\ schema","public" -c statement_timeout=1500"#
        )
    }
}
