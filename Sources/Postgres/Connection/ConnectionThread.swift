import Glibc

/// A serial executor over one POSIX thread: blocking C calls stay off the cooperative pool.
///
/// The thread keeps the executor alive until `stop()`; it ends after the jobs that were enqueued by then.
final class ConnectionThread: SerialExecutor {
    private struct Queue: Sendable {
        var jobs: [UnownedJob] = []
        var isStopped = false
    }

    private let queue = Monitor(Queue())

    /// Starts the thread. Throws when the system has none left.
    static func start() throws(PostgresError) -> ConnectionThread {
        let executor = ConnectionThread()
        try startThread { executor.loop() }
        return executor
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.update { $0.jobs.append(job) }
    }

    func stop() {
        queue.update { $0.isStopped = true }
    }

    private func loop() {
        while let jobs = next() {
            for job in jobs {
                // The runtime keeps a job alive until it was run, and the queue hands each out once.
                unsafe job.runSynchronously(on: asUnownedSerialExecutor())
            }
        }
    }

    /// Nil after `stop()`, when the queue is empty.
    private func next() -> [UnownedJob]? {
        queue.wait { queue -> [UnownedJob]?? in
            if queue.jobs.isEmpty { return queue.isStopped ? .some(nil) : nil }
            defer { queue.jobs.removeAll() }
            return queue.jobs
        } ?? nil
    }
}

/// Runs `body` once on a new detached thread.
func startThread(_ body: @escaping @Sendable () -> Void) throws(PostgresError) {
    final class Start: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    // The retained box is released exactly once: by the new thread, or here when there is none.
    let start = unsafe Unmanaged.passRetained(Start(body))
    let code = unsafe pthread_create(
        &thread,
        nil,
        { argument in
            guard let argument = unsafe argument else { return nil }
            unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
            return nil
        },
        start.toOpaque()
    )
    guard code == 0 else {
        unsafe start.release()
        throw PostgresError(.connectionFailed, "no thread could be started (errno \(code))")
    }
    let detached = pthread_detach(thread)
    precondition(detached == 0, "a thread was detached twice")
}
