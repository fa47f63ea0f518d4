import ChaosKit
import FoundationEssentials
import Logging
import NIOPosix
import Orders
import Queues
import ServiceLifecycle
import ServiceRuntime

@testable import Orchestration

/// A sandbox on the loopback address and clients that call it.
struct OutsideWorld: Sendable {
    var sandbox: Sandbox
    var url: String
    var courier: CourierClient
    /// Gives up after two seconds: time enough to connect, which is another failure.
    var impatientCourier: CourierClient
    var shopify: ShopifyAdminClient

    /// Runs everything for as long as the body takes.
    ///
    /// - Parameters:
    ///   - address: called instead of the sandbox, when given.
    ///   - settings: of the clients.
    static func with<R>(
        faults: [String] = [],
        address: String? = nil,
        settings: [String: String] = [:],
        options: SandboxOptions = SandboxOptions(),
        observe: @escaping @Sendable (ThrottleStatus, String) async -> Void = { _, _ in },
        _ body: (OutsideWorld) async throws -> R
    ) async throws -> R {
        var options = options
        options.port = 0
        options.faults = faults.compactMap { SandboxFault($0) }
        precondition(options.faults.count == faults.count, "a fault is not understood")
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let sandbox = Sandbox(options: options, logger: logger, onStart: { port.yield($0) })
        return try await running(sandbox.services, logger) {
            var iterator = ports.makeAsyncIterator()
            let url = "http://127.0.0.1:\(await iterator.next() ?? 0)"
            var reader = SettingsReader(layers: [settings, patience])
            let configuration = OutboundConfiguration(settings: &reader)
            try reader.finish()
            func client(_ destination: String, _ timeout: Duration) -> OutboundClient {
                OutboundClient(
                    destination: destination,
                    baseURL: address ?? url,
                    timeout: timeout,
                    configuration: configuration,
                    eventLoopGroup: MultiThreadedEventLoopGroup.singleton
                )
            }
            let impatient = client("courier", .seconds(2))
            let (courier, shopify) = (
                client("courier", configuration.courierTimeout), client("shopify", configuration.shopifyTimeout)
            )
            return try await running([courier, impatient, shopify], logger) {
                try await body(
                    OutsideWorld(
                        sandbox: sandbox,
                        url: url,
                        courier: CourierClient(http: courier),
                        impatientCourier: CourierClient(http: impatient),
                        shopify: ShopifyAdminClient(http: shopify, configuration: configuration, observe: observe)
                    )
                )
            }
        }
    }

    /// A test machine may be busy; a call that is to be given up says so.
    private static let patience = [
        "COURIER_CALL_TIMEOUT_MS": "30000", "SHOPIFY_CALL_TIMEOUT_MS": "30000", "OUTBOUND_CONNECT_TIMEOUT_MS": "20000",
    ]

    private static func running<R>(
        _ services: [any Service],
        _ logger: Logger,
        _ body: () async throws -> R
    ) async throws -> R {
        let group = ServiceGroup(configuration: .init(services: services.map { .init(service: $0) }, logger: logger))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            do {
                let result = try await body()
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
                return result
            } catch {
                // Connections must be given back whatever the body did.
                await group.triggerGracefulShutdown()
                try? await tasks.waitForAll()
                throw error
            }
        }
    }

    static func shipment(_ number: Int = 1, attempt: Int = 1) -> ShipmentRequest {
        let order = OrderID(source: "shopify", shop: "test.myshopify.com", refID: "\(number)")
        return ShipmentRequest(
            reference: UUID(namespace: order.uuid, name: "\(attempt)"),
            orderID: order.uuid,
            shop: "test.myshopify.com",
            refID: "\(number)",
            destination: Array(#"{"city":"Cairo","country_code":"EG"}"#.utf8),
            lines: [.init(title: "Cup", sku: nil, quantity: 2)],
            cashToCollect: Money("150.00"),
            currency: "EGP"
        )
    }
}
