import Orchestration

/// How the outside world of a sandbox behaves.
package struct SandboxOptions: Sendable {
    /// The address it listens on.
    package var host = "127.0.0.1"
    /// Zero takes any free port.
    package var port = OutboundConfiguration.sandboxPort
    package var seed: UInt64 = 1
    package var faults: [SandboxFault] = []
    package var limits: [CallLimit] = []
    /// The address of ingest; without one parcels only move when they are told to.
    package var callbacksTo: String?
    /// Signs the callbacks.
    package var courierSecret = ""
    /// Time between two scans of a parcel.
    package var pace: Duration = .milliseconds(500)
    /// Parcels that come back instead of being delivered.
    package var returned = 0.1
    /// Points of a shop's budget at the Admin API, and points a second that flow back.
    package var budget: (maximum: Double, restoreRate: Double) = (2_000, 100)
    /// Demanded of callers; nil lets everybody in.
    package var shopifyToken: String?

    package init() {}
}
