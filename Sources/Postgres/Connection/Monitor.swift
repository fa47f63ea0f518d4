import Glibc

/// A value behind a lock that threads can wait on: a POSIX mutex and condition variable.
///
/// For threads that may block, which tasks must not; a task only ever takes the lock for a moment.
@safe final class Monitor<State: Sendable>: @unchecked Sendable {
    // Both allocations are made in init and freed in deinit; nobody else sees them, and every access to
    // `state` happens between lock and unlock of `mutex`.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var state: State

    init(_ state: State) {
        self.state = state
        var attributes = pthread_condattr_t()
        unsafe Self.check(pthread_condattr_init(&attributes))
        unsafe Self.check(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC))
        unsafe Self.check(pthread_mutex_init(mutex, nil))
        unsafe Self.check(pthread_cond_init(condition, &attributes))
        unsafe Self.check(pthread_condattr_destroy(&attributes))
    }

    deinit {
        unsafe Self.check(pthread_cond_destroy(condition))
        unsafe Self.check(pthread_mutex_destroy(mutex))
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// Changes the state and wakes the waiting threads.
    func update<Result>(_ body: (inout State) -> Result) -> Result {
        unsafe Self.check(pthread_mutex_lock(mutex))
        let result = body(&state)
        unsafe Self.check(pthread_mutex_unlock(mutex))
        // After unlocking, so that the woken thread does not run into the lock.
        unsafe Self.check(pthread_cond_broadcast(condition))
        return result
    }

    func read<Result>(_ body: (State) -> Result) -> Result {
        unsafe Self.check(pthread_mutex_lock(mutex))
        defer { unsafe Self.check(pthread_mutex_unlock(mutex)) }
        return body(state)
    }

    /// Blocks the calling thread until `body` returns a value, asked again after every update.
    ///
    /// Returns nil when `timeout` passes first; without one it waits for ever.
    func wait<Result>(timeout: Duration? = nil, until body: (inout State) -> Result?) -> Result? {
        var deadline = timespec()
        if let timeout {
            unsafe Self.check(clock_gettime(CLOCK_MONOTONIC, &deadline))
            let nanoseconds = deadline.tv_nsec + Int(timeout.milliseconds % 1000) * 1_000_000
            deadline.tv_sec += Int(timeout.milliseconds / 1000) + nanoseconds / 1_000_000_000
            deadline.tv_nsec = nanoseconds % 1_000_000_000
        }
        unsafe Self.check(pthread_mutex_lock(mutex))
        defer { unsafe Self.check(pthread_mutex_unlock(mutex)) }
        while true {
            if let result = body(&state) { return result }
            if timeout == nil {
                unsafe Self.check(pthread_cond_wait(condition, mutex))
            } else {
                let code = unsafe pthread_cond_timedwait(condition, mutex, &deadline)
                if code == ETIMEDOUT { return body(&state) }
                Self.check(code)
            }
        }
    }

    /// These calls fail only when used wrongly.
    private static func check(_ code: Int32) {
        precondition(code == 0, "a POSIX thread primitive was used wrongly")
    }
}
