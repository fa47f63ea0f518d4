import FoundationEssentials
import Hummingbird
import Orders

/// The routes by which tests and operators look into a sandbox and change it.
struct SandboxControls: Sendable {
    let world: SandboxWorld
    let sender: CallbackSender

    func add(to router: Router<SandboxContext>) {
        router.get("/livez") { _, _ in "alive" }
        router.get("/sandbox/report") { _, _ in
            SandboxServer.response(SandboxAnswer(status: 200, body: world.report().json))
        }
        router.get("/sandbox/calls") { request, _ in
            let limit = request.uri.queryParameters["limit"].flatMap { Int($0) } ?? 100
            return SandboxServer.response(world.latestCalls(max(0, min(limit, CallLog.maxEntries))))
        }
        router.post("/sandbox/faults") { request, _ in
            let buffer = try await request.body.collect(upTo: SandboxServer.maxBodyBytes)
            return SandboxServer.response(setFaults(Array(buffer.readableBytesView)))
        }
        router.post("/sandbox/reset") { _, _ in
            world.reset()
            return SandboxServer.response(.json(200) { $0.member("status", "reset") })
        }
        router.post("/sandbox/shipments/:reference/:status") { _, context in
            let reference = context.parameters.get("reference").flatMap { UUID(uuidString: $0) }
            let status = context.parameters.get("status").flatMap { SandboxShipment.Status(rawValue: $0) }
            guard let reference, let status, world.move(reference, to: status) else {
                return SandboxServer.response(.error(409, "invalid", "this parcel cannot go there"))
            }
            return SandboxServer.response(.json(200) { $0.member("status", status.rawValue) })
        }
    }

    /// `{"faults":["500:0.1", …]}`; an empty list ends all faults.
    private func setFaults(_ body: [UInt8]) -> SandboxAnswer {
        guard let list = (try? JSONDocument(parsing: body))?.root["faults"], list.kind == .array else {
            return .error(400, "invalid", #"{"faults":[…]} is needed"#)
        }
        let texts = list.elements.map { $0.string ?? "" }
        let faults = texts.compactMap { SandboxFault($0) }
        guard faults.count == texts.count else {
            return .error(400, "invalid", "a fault is \(SandboxFault.grammar)")
        }
        world.replaceFaults(faults)
        return .json(200) { $0.array("faults", faults) { $0.string($1.text) } }
    }
}
