import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Orders
import ServiceLifecycle

/// Lets time pass in the sandbox: parcels move, and their courier calls back.
struct CallbackSender: Service {
    /// Callbacks under way at once, attempts for one, first and longest wait between them, time for one.
    static let (maxConcurrent, maxAttempts): (Int, Int) = (16, 12)
    static let (firstWait, longestWait): (Duration, Duration) = (.milliseconds(200), .seconds(5))
    static let timeout: TimeAmount = .seconds(5)
    /// How long the sender may oversleep: new steps are never due sooner than a moment after they are made.
    static let tick: Duration = .milliseconds(5)

    let world: SandboxWorld
    let target: CallbackTarget?

    func run() async throws {
        // Cancelled means the same as shut down.
        try? await cancelWhenGracefulShutdown {
            while true {
                let steps = world.happen(limit: Self.maxConcurrent)
                if steps.isEmpty {
                    try await Task.sleep(for: Self.tick)
                } else {
                    await tell(steps)
                }
            }
        }
    }

    /// Sends callbacks side by side; what failed is put back for later.
    func tell(_ steps: [CallbackStep]) async {
        guard let target else { return }
        await withTaskGroup { group in
            for step in steps {
                group.addTask {
                    let status = await target.send(step.body, now: world.now())
                    let isTold = status.map { (200..<300).contains($0) } ?? false
                    // A refusal that would be repeated for ever is given up at once, as couriers do.
                    let isFinal = isTold || status.map { (400..<500).contains($0) && $0 != 429 } ?? false
                    world.told(step, isTold: isTold, isFinal: isFinal || step.attempt >= Self.maxAttempts)
                }
            }
        }
    }
}

/// Where callbacks go, and the secret that signs them.
struct CallbackTarget: Sendable {
    /// The address of ingest, without a path.
    var url: String
    var signer: CourierSigner

    /// The status of the answer; nil when there was none.
    func send(_ body: [UInt8], now: Instant) async -> Int? {
        var request = HTTPClientRequest(url: url + "/webhooks/courier")
        request.method = .POST
        let signature = signer.header(for: body, at: now)
        request.headers = ["Content-Type": "application/json", signature.name: signature.value]
        request.body = .bytes(ByteBuffer(bytes: body))
        do {
            let response = try await HTTPClient.shared.execute(request, timeout: CallbackSender.timeout)
            _ = try await response.body.collect(upTo: 1 << 16)
            return Int(response.status.code)
        } catch {
            // The callback is sent again later, and counted when it is given up.
            return nil
        }
    }
}
