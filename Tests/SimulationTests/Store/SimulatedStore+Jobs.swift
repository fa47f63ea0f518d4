import FoundationEssentials
import Orders
import Postgres

@testable import Orchestration
@testable import Queues

extension SimulatedStore {
    /// `jobs_insert` and `job_settle`, with the parameters that the real ones are sent with.
    func run(_ statement: Statement, _ bindings: [Binding], now: Int64) {
        switch (statement.name, bindings.first) {
        case ("jobs_insert", .texts(let queues)?):
            guard case .texts(let keys) = bindings[1], case .uuids(let orders) = bindings[2],
                case .texts(let shops) = bindings[3],
                case .byteses(let inputs) = bindings[4], case .int8s(let delays?) = bindings[5],
                case .bools(let sequenced) = bindings[6]
            else { return violations.append("jobs_insert has other parameters") }
            for index in queues.indices {
                guard let order = orders[index], let key = keys[index], jobKeys.insert("\(order) \(key)").inserted else {
                    continue
                }
                let id = nextJobID()
                jobs[id] = Job(
                    id: id,
                    queue: queues[index].flatMap(Queue.init(rawValue:)) ?? .bookings,
                    key: key,
                    order: order,
                    shop: shops[index] ?? "",
                    input: inputs[index] ?? [],
                    createdAt: now,
                    runAt: now + (delays[index] ?? 0),
                    isSequenced: sequenced[index] ?? true
                )
                jobsByOrder[order, default: []].append(id)
            }
        case ("job_settle", .uuids(let orders)?):
            guard case .texts(let keys) = bindings[1], case .int8(let settle) = bindings[2], case .int8(let longest) = bindings[3]
            else {
                return violations.append("job_settle has other parameters")
            }
            for index in orders.indices {
                for id in jobsByOrder[orders[index] ?? UUID.none] ?? [] {
                    guard let job = jobs[id], job.key == keys[index], !job.isRunning, !job.isDead, job.attempt == 0 else {
                        continue
                    }
                    jobs[id]?.runAt = min(now + 1_000 * (settle ?? 0), job.createdAt + 1_000 * (longest ?? 0))
                }
            }
        case ("jobs_cancel_given_up", .uuids(let orders)?):
            guard case .texts(let keys) = bindings[1] else {
                return violations.append("jobs_cancel_given_up has other parameters")
            }
            for index in orders.indices {
                guard let order = orders[index], let key = keys[index] else { continue }
                for id in jobsByOrder[order] ?? [] where jobs[id]?.key == key {
                    if let job = jobs[id], job.isDead || job.isRunning { end(id) }
                }
            }
        default: violations.append("nobody knows the statement \(statement.name)")
        }
    }

    private func isDue(_ job: Job, _ queue: Queue, now: Int64) -> Bool {
        job.queue == queue && !job.isDead && job.runAt <= now && (!job.isRunning || job.attempt < job.maxAttempts ?? .max)
            && !(job.isSequenced
                && (jobsByOrder[job.order] ?? []).contains {
                    $0 < job.id && jobs[$0]?.queue == queue && jobs[$0]?.isSequenced == true
                })
    }

    /// `jobs_due`, with one shop.
    func due(_ queue: Queue, now: Int64) -> (due: [JobTable.DueShop], next: Int64?) {
        guard !isPaused else { return ([], nil) }
        let live = jobs.values.filter { $0.queue == queue && !$0.isDead }
        let count = live.filter { isDue($0, queue, now: now) }.count
        let next = live.filter { $0.runAt > now }.map(\.runAt).min()
        let shop = live.first { $0.runAt <= now }?.shop
        return (shop.map { [JobTable.DueShop(shop: $0, due: count)] } ?? [], next)
    }

    /// `jobs_bury_lost`.
    func buryLost(now: Int64) {
        for job in jobs.values where job.isRunning && job.runAt <= now && job.attempt >= job.maxAttempts ?? .max {
            jobs[job.id]?.isRunning = false
            jobs[job.id]?.isDead = true
        }
    }

    /// `jobs_claim`.
    func claim(_ queue: Queue, _ count: Int, worker: String, attempts: Int32, lease: Int64, now: Int64) -> [ClaimedJob] {
        guard !isPaused else { return [] }
        let due = jobs.values.filter { isDue($0, queue, now: now) }.sorted { ($0.runAt, $0.id) < ($1.runAt, $1.id) }
        return due.prefix(count).map { job in
            var job = job
            job.attempt += 1
            job.maxAttempts = job.maxAttempts ?? job.attempt - 1 + attempts
            job.isRunning = true
            job.worker = worker
            job.runAt = now + lease
            jobs[job.id] = job
            return ClaimedJob(
                id: job.id,
                queue: job.queue,
                key: job.key,
                orderID: job.order,
                shop: job.shop,
                input: job.input,
                attempt: job.attempt,
                maxAttempts: job.maxAttempts ?? 0,
                age: .microseconds(now - job.createdAt)
            )
        }
    }

    private func end(_ id: Int64) {
        guard let job = jobs.removeValue(forKey: id) else { return }
        jobsByOrder[job.order]?.removeAll { $0 == id }
        finishedKeys["\(job.order) \(job.key)", default: 0] += 1
    }

    /// `jobs_finish`: an attempt ends once, and only by its holder. Says whether it counted.
    func finish(_ claimed: ClaimedJob, _ outcome: JobOutcome, delay: Int64, now: Int64, isFenced: Bool = true) -> Bool {
        guard var job = jobs[claimed.id], job.isRunning, !isFenced || job.attempt == claimed.attempt else { return false }
        if job.attempt != claimed.attempt { violations.append("I8 a worker ended an attempt of \(job.key) that is another's") }
        switch outcome {
        case .done, .cancelled:
            end(job.id)
            return true
        case .retry: job.isDead = job.attempt >= job.maxAttempts ?? 0
        case .postpone, .throttled, .leftAlone: job.maxAttempts = job.maxAttempts.map { $0 + 1 }
        case .dead: job.isDead = true
        }
        job.isRunning = false
        job.runAt = now + delay
        jobs[job.id] = job
        return true
    }
}

extension UUID {
    fileprivate static let none = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
}
