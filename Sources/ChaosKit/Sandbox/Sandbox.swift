import FoundationEssentials
package import Logging
package import Orders
package import ServiceLifecycle

/// The outside world on one port: a courier service that calls back, and the Shopify Admin API, with faults on demand.
///
/// It behaves as docs/courier-api.md says and checks its callers: at most one label a reference, no blind retry, calls within
/// every window of time.
package struct Sandbox: Sendable {
    private let world: SandboxWorld

    /// To be run together, in this order.
    package let services: [any Service]

    /// - Parameters:
    ///   - now: the time that callbacks carry.
    ///   - onStart: told the port once the sandbox listens.
    package init(
        options: SandboxOptions,
        logger: Logger,
        now: @escaping @Sendable () -> Instant = { Instant(Date.now) },
        onStart: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        world = SandboxWorld(options: options, now: now)
        let target = options.callbacksTo.map { url in
            CallbackTarget(url: url, signer: CourierSigner(provider: .native, secret: options.courierSecret))
        }
        let sender = CallbackSender(world: world, target: target)
        services = [sender, SandboxServer(world: world, sender: sender, logger: logger, onStart: onStart)]
    }

    /// What came so far.
    package func report() -> SandboxReport { world.report() }

    /// Other faults from now on.
    package func replaceFaults(_ faults: [SandboxFault]) { world.replaceFaults(faults) }
}
