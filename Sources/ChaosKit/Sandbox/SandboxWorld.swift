import FoundationEssentials
import Orders
import Synchronization

/// All that the sandbox knows, behind one lock: two services, the faults, the log and the checks.
final class SandboxWorld: Sendable {
    /// A call that has begun.
    struct Begun: Sendable {
        var call: SandboxCall
        var fate: SandboxFaults.Fate
    }

    /// A call on its way.
    struct LateCall: Sendable {
        var due: ContinuousClock.Instant
        var begun: Begun
        var body: [UInt8]
        var idempotencyKey: String?
        var graphQL: GraphQLCall?
    }

    struct State: Sendable {
        var courier = SandboxCourier()
        var shopify: SandboxShopify
        var faults: SandboxFaults
        var log = CallLog()
        var blindRetries = BlindRetryCheck()
        var windows: [WindowWatch]
        /// Calls that arrive later than their callers believe, in the order they came.
        var late: [LateCall] = []
        var timeline = CallbackTimeline()
        var callbacks = CallbackCounts()
        /// Calls by operation and key, for the faults' dice.
        var ordinals: [String: Int] = [:]
    }

    let options: SandboxOptions
    let now: @Sendable () -> Instant
    let story: ParcelStory
    private let start = ContinuousClock.now
    let state: Mutex<State>

    init(options: SandboxOptions, now: @escaping @Sendable () -> Instant) {
        self.options = options
        self.now = now
        story = ParcelStory(pace: options.pace, returned: options.returned, seed: options.seed)
        state = Mutex(Self.fresh(options))
    }

    static func fresh(_ options: SandboxOptions) -> State {
        State(
            shopify: SandboxShopify(maximum: options.budget.maximum, restoreRate: options.budget.restoreRate),
            faults: SandboxFaults(seed: options.seed, faults: options.faults),
            windows: options.limits.map { WindowWatch(limit: $0) }
        )
    }

    /// Counts the call and decides its fate.
    func begin(_ call: SandboxCall) -> Begun {
        state.withLock { state in
            let time = ContinuousClock.now
            performLate(at: time, &state)
            for index in state.windows.indices { state.windows[index].add(call, at: time) }
            state.blindRetries.began(call)
            let ordinalKey = "\(call.operation.rawValue) \(call.key)"
            let ordinal = state.ordinals[ordinalKey, default: 0] + 1
            if state.ordinals.count < SandboxCourier.maxShipments * 4 { state.ordinals[ordinalKey] = ordinal }
            return Begun(call: call, fate: state.faults.fate(of: call, ordinal: ordinal))
        }
    }

    /// Does what was asked for, now or when the fate of the call says; nil when it is later.
    func perform(_ begun: Begun, body: [UInt8], idempotencyKey: String?, graphQL: GraphQLCall?) -> Performed? {
        let call = LateCall(
            due: .now + (begun.fate.late ?? .zero),
            begun: begun,
            body: body,
            idempotencyKey: idempotencyKey,
            graphQL: graphQL
        )
        return state.withLock { state in
            guard begun.fate.late == nil else {
                if state.late.count < SandboxCourier.maxShipments { state.late.append(call) }
                return nil
            }
            return perform(call, &state)
        }
    }

    /// Nobody can tell when a call is done but by what comes after it, so it is done then.
    func performLate(at time: ContinuousClock.Instant, _ state: inout State) {
        guard state.late.contains(where: { $0.due <= time }) else { return }
        let due = state.late.filter { $0.due <= time }
        state.late.removeAll { $0.due <= time }
        for call in due { _ = perform(call, &state) }
    }

    private func perform(_ late: LateCall, _ state: inout State) -> Performed {
        let call = late.begun.call
        if let graphQL = late.graphQL {
            let answer = state.shopify.perform(
                graphQL,
                orderID: call.subject,
                key: late.idempotencyKey ?? "",
                shop: call.shop,
                now: .now
            )
            return Performed(answer: answer)
        }
        let reference = UUID(uuidString: call.subject)
        switch (call.operation, reference) {
        case (.book, _):
            let fate = late.begun.fate
            let (answer, isNew) = state.courier.book(late.body, key: late.idempotencyKey, forgetsKeys: fate.forgetsKeys)
            return Performed(answer: answer, early: isNew ? plan(reference, fate, &state) : nil)
        case (.lookUp, let reference?):
            return Performed(answer: state.courier.lookUp(reference))
        case (.cancel, let reference?):
            return Performed(answer: state.courier.cancel(reference))
        case (.returnShipment, let reference?):
            let before = state.courier.shipments[reference]?.status
            let answer = state.courier.returnShipment(reference)
            if let shipment = state.courier.shipments[reference], shipment.status != before, options.callbacksTo != nil {
                for step in story.returnSteps(for: shipment, at: now()) { state.timeline.add(step) }
            }
            return Performed(answer: answer)
        default:
            return Performed(answer: .error(404, "unknown_shipment", "a reference is a UUID"))
        }
    }

    /// The shipment of a reference as it is, but for its status.
    func shipment(_ reference: String, saying status: String) -> SandboxAnswer {
        state.withLock { state in
            guard let reference = UUID(uuidString: reference) else { return SandboxCourier.unknown }
            return state.courier.lookUp(reference, saying: SandboxShipment.Status(rawValue: status))
        }
    }

    /// What Shopify answers a shop that has spent its budget.
    func throttled(_ call: SandboxCall) -> SandboxAnswer {
        state.withLock { $0.shopify.throttled(call.operation, left: 0) }
    }

    struct Performed: Sendable {
        var answer: SandboxAnswer
        /// To be told before the answer goes out.
        var early: CallbackStep?
    }

    /// Writes the story of a new shipment; returns what is told before the answer.
    private func plan(_ reference: UUID?, _ fate: SandboxFaults.Fate, _ state: inout State) -> CallbackStep? {
        guard options.callbacksTo != nil, let reference, let shipment = state.courier.shipments[reference] else { return nil }
        var steps = story.steps(for: shipment, fate: fate, at: now())
        var early: CallbackStep?
        if fate.callbackBeforeAnswer {
            early = steps.removeFirst()
            early?.occursAt = now()
            early?.hasHappened = true
        }
        for step in steps { state.timeline.add(step) }
        return early
    }

    /// The caller has its answer, or something else instead, which `outcome` names.
    ///
    /// - Parameters:
    ///   - isRefusal: the caller knows that nothing was done.
    ///   - isInformed: the caller knows how things stand.
    func finish(_ begun: Begun, outcome: String, isRefusal: Bool, isInformed: Bool) {
        state.withLock { state in
            state.log.add(begun.call, at: start.duration(to: .now), outcome: outcome)
            if isRefusal { state.blindRetries.refused(begun.call) }
            if isInformed, begun.call.operation.isLookUp {
                state.blindRetries.lookedUp(begun.call)
            }
        }
    }
}
