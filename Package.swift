// swift-tools-version: 6.2
// The folder tree is the architecture diagram: a target is a layer, an arrow is a line below.

import PackageDescription

/// One list of settings for every target.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")
let deque: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket: Target.Dependency = .product(name: "NIOWebSocket", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let systemPackage: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")

/// What parses bytes from outside.
let fuzzed: [Target.Dependency] = [
    "ChaosKit", "HTTPServing", "Ingest", "Orchestration", "Orders", "Postgres", "Redis", "ServiceRuntime", logging, nioCore,
    nioEmbedded,
    nioHTTP1,
]

let package = Package(
    name: "orders-orchestrator",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "ingest", targets: ["ingest"]),
        .executable(name: "orchestrator", targets: ["orchestrator"]),
        .executable(name: "console", targets: ["console"]),
        .executable(name: "ordersctl", targets: ["ordersctl"]),
        .executable(name: "chaos", targets: ["chaos"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
    ],
    targets: [
        // Drivers: C stops here.
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
        .target(name: "Postgres", dependencies: ["CLibPQ", logging, lifecycle]),
        .target(name: "Redis", dependencies: ["CHiredis", nioCore, nioPosix, nioSSL, logging, lifecycle]),

        // A PostgreSQL and a Redis of one's own.
        .target(
            name: "LocalServers",
            dependencies: ["Postgres", "Redis", logging, nioCore, nioPosix, subprocess, systemPackage]
        ),

        // The domain: pure, no clock, no I/O.
        .target(name: "Orders", dependencies: [crypto]),

        // Stores.
        .target(
            name: "EventStore",
            dependencies: ["Orders", "Postgres"],
            resources: [
                .embedInCode("Migrations")
            ]
        ),
        .target(
            name: "Queues",
            dependencies: ["EventStore", "Postgres", "Redis", "ServiceRuntime", logging, lifecycle, metrics],
            resources: [
                .embedInCode("Scripts")
            ]
        ),

        // What every process does first and last.
        .target(
            name: "ServiceRuntime",
            dependencies: [
                configuration, hummingbird, httpTypes, nioCore, logging, coreMetrics, lifecycle, unixSignals, systemPackage,
            ]
        ),

        // The public port.
        .target(
            name: "HTTPServing",
            dependencies: [
                "Orders", "Postgres", "ServiceRuntime", hummingbirdCore, nioCore, nioHTTP1, deque, logging, metrics, lifecycle,
            ]
        ),

        // Services.
        .target(
            name: "Ingest",
            dependencies: [
                "HTTPServing", "EventStore", "Queues", "Orders", "Postgres", "Redis", "ServiceRuntime", crypto, nioCore,
                nioHTTP1, logging, metrics, lifecycle,
            ]
        ),
        .target(
            name: "Storefront",
            dependencies: [
                "HTTPServing", "EventStore", "Queues", "Orders", "Postgres", "ServiceRuntime", nioCore, nioHTTP1, logging,
                metrics, lifecycle,
            ]
        ),
        .target(
            name: "Orchestration",
            dependencies: [
                "EventStore", "Queues", "Orders", "Postgres", "Redis", "ServiceRuntime", asyncHTTPClient, nioCore, nioHTTP1,
                nioPosix, nioSSL, logging, metrics, lifecycle,
            ]
        ),
        .target(
            name: "ConsoleAPI",
            dependencies: [
                "EventStore", "Queues", "Orders", "Postgres", "Redis", "ServiceRuntime", crypto, cryptoExtras, httpTypes,
                hummingbirdCore, nioCore, nioHTTP1, nioPosix, nioWebSocket, logging, metrics, lifecycle,
            ],
            resources: [
                .embedInCode("OpenAPI"),
                .copy("Web"),
            ]
        ),
        .target(
            name: "ChaosKit",
            dependencies: [
                "EventStore", "LocalServers", "Orchestration", "Orders", "Postgres", "Queues", "Redis", "ServiceRuntime",
                asyncHTTPClient, crypto, hummingbird, httpTypes, nioCore, nioHTTP1, nioPosix, nioWebSocket, lifecycle, logging,
                subprocess, systemPackage, unixSignals,
            ],
            resources: [
                .embedInCode("Webhooks/Templates")
            ]
        ),

        // Processes: arguments and wiring.
        .executableTarget(
            name: "ingest",
            dependencies: [
                "Ingest", "Storefront", "Queues", "Orders", "Postgres", "Redis", "ServiceRuntime", nioPosix,
            ]
        ),
        .executableTarget(
            name: "orchestrator",
            dependencies: [
                "Orchestration", "Orders", "Queues", "Postgres", "Redis", "ServiceRuntime", nioPosix,
            ]
        ),
        .executableTarget(
            name: "console",
            dependencies: [
                "ConsoleAPI", "Orchestration", "Orders", "Queues", "Postgres", "Redis", "ServiceRuntime", nioPosix,
                systemPackage,
            ]
        ),
        .executableTarget(
            name: "ordersctl",
            dependencies: [
                "ConsoleAPI", "LocalServers", "Orchestration", "Ingest", "Storefront", "EventStore", "Queues", "Orders",
                "Postgres", "Redis", "ServiceRuntime", arguments, logging, nioCore, nioPosix, subprocess, systemPackage,
                unixSignals,
            ]
        ),
        .executableTarget(
            name: "chaos",
            dependencies: [
                "ChaosKit", "LocalServers", "Orchestration", "Orders", "Postgres", "ServiceRuntime", arguments, lifecycle,
                logging, unixSignals,
            ]
        ),
        .testTarget(name: "PostgresTests", dependencies: ["Postgres"]),
        .testTarget(name: "PostgresIntegrationTests", dependencies: ["Postgres", logging, lifecycle]),
        // What all tests that draw something share.
        .target(name: "TestSeed", path: "Tests/TestSeed"),
        // What all tests that read a log share.
        .target(name: "TestLog", dependencies: ["ServiceRuntime", logging], path: "Tests/TestLog"),
        .testTarget(name: "OrdersTests", dependencies: ["Orders", "TestSeed"], resources: [.copy("Fixtures")]),
        .testTarget(
            name: "IngestTests",
            dependencies: [
                "TestLog", "Ingest", "HTTPServing", "Orders", "ServiceRuntime", logging, nioCore, nioEmbedded, nioHTTP1,
            ]
        ),
        .testTarget(name: "HTTPServingTests", dependencies: ["HTTPServing", "Postgres", logging, nioCore, nioHTTP1]),
        .testTarget(
            name: "StorefrontTests",
            dependencies: ["Storefront", "ChaosKit", "EventStore", "HTTPServing", "Orders", nioCore, nioHTTP1]
        ),
        .testTarget(
            name: "StorefrontIntegrationTests",
            dependencies: [
                "TestSystem", "Storefront", "HTTPServing", "Orchestration", "ChaosKit", "EventStore", "Queues", "Postgres",
                "Redis", "Orders", nioCore, nioPosix, nioHTTP1,
            ]
        ),
        .target(
            name: "TestSystem",
            dependencies: [
                "ChaosKit", "Ingest", "Storefront", "Orchestration", "EventStore", "Queues", "Orders", "Postgres", "Redis",
                "ServiceRuntime", asyncHTTPClient, crypto, logging, lifecycle, nioCore, nioPosix, nioHTTP1,
            ],
            path: "Tests/TestSystem"
        ),
        .testTarget(
            name: "SystemIntegrationTests",
            dependencies: [
                "TestSystem", "TestLog", "TestSeed", "ChaosKit", "Ingest", "HTTPServing", "Orchestration", "EventStore", "Queues",
                "Orders", "Postgres", "Redis", "ServiceRuntime", nioCore, nioHTTP1, nioPosix,
            ]
        ),
        .testTarget(
            name: "ProcessIntegrationTests",
            dependencies: [
                "TestSystem", "ChaosKit", "LocalServers", "Postgres", "Queues", "ServiceRuntime", logging, nioCore, nioPosix,
                nioHTTP1, subprocess, systemPackage,
            ]
        ),
        .testTarget(name: "ConsoleAPITests", dependencies: ["ConsoleAPI", "Orders", nioCore, nioEmbedded]),
        .testTarget(
            name: "ConsoleAPIIntegrationTests",
            dependencies: [
                "TestSystem", "TestLog", "ConsoleAPI", "Orchestration", "EventStore", "Orders", "Postgres", "Queues",
                "ServiceRuntime", asyncHTTPClient, logging, nioCore, nioPosix, nioHTTP1, nioWebSocket,
            ]
        ),
        .testTarget(name: "QueuesTests", dependencies: ["TestSeed", "Queues", "ServiceRuntime"]),
        .testTarget(
            name: "QueuesIntegrationTests",
            dependencies: ["TestSystem", "EventStore", "Queues", "Postgres", "Redis", "ServiceRuntime", lifecycle, nioPosix]
        ),
        .testTarget(
            name: "OrchestrationTests",
            dependencies: [
                "Orchestration", "ChaosKit", "EventStore", "Orders", "Postgres", "Queues", "ServiceRuntime", lifecycle, logging,
                nioCore, nioPosix,
            ]
        ),
        .testTarget(
            name: "SimulationTests",
            dependencies: ["TestSeed", "Orchestration", "HTTPServing", "EventStore", "Queues", "Orders", "Postgres"]
        ),
        .testTarget(
            name: "FuzzingTests",
            dependencies: fuzzed + ["TestSeed"],
            exclude: ["LibFuzzer"],
            resources: [.copy("Corpus")]
        ),
        .testTarget(name: "ServiceRuntimeTests", dependencies: ["TestLog", "ServiceRuntime", logging, coreMetrics]),
        .testTarget(name: "ChaosKitTests", dependencies: ["ChaosKit", "LocalServers", "Orders", nioCore, nioPosix]),
        .testTarget(name: "RedisTests", dependencies: ["TestSeed", "Redis", nioCore]),
        .testTarget(
            name: "RedisIntegrationTests",
            dependencies: ["TestLog", "LocalServers", "Redis", nioPosix, logging, lifecycle]
        ),
    ]
)

for target in package.targets where target.type != .system && target.type != .plugin {
    target.swiftSettings = settings
}

// `make fuzz`: the parsers of the tests under libFuzzer, every library instrumented. Never part of an ordinary build.
if Context.environment["ORDERS_FUZZ"] != nil {
    package.targets.removeAll { $0.name == "FuzzingTests" }
    package.targets.append(
        .executableTarget(
            name: "fuzz",
            dependencies: fuzzed,
            path: "Tests/FuzzingTests",
            exclude: ["FuzzingTests.swift", "Mutation", "Corpus"],
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer"])]
        )
    )
    for target in package.targets where target.type == .regular || target.name == "fuzz" {
        target.swiftSettings = settings + [.unsafeFlags(["-sanitize=fuzzer", "-parse-as-library"])]
    }
}
