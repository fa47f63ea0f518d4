import Synchronization

/// A place among the exports under way. It is counted as soon as it is taken, and free again when it is given back or nobody holds it
/// any more: a client may go before its file begins.
final class ExportSlot: Sendable {
    /// The places there are.
    final class Places: Sendable {
        private let most: Int
        private let taken = Mutex(0)

        init(_ most: Int) {
            self.most = most
        }

        /// Throws when all are taken.
        func take() throws -> ExportSlot {
            let isTaken = taken.withLock { taken in
                guard taken < most else { return false }
                taken += 1
                return true
            }
            guard isTaken else {
                throw APIError(.tooManyRequests, "\(most) exports are under way; wait for one of them.")
            }
            return ExportSlot(self)
        }

        fileprivate func giveBack() {
            taken.withLock { $0 -= 1 }
        }
    }

    private let places: Places
    private let isHeld = Atomic(true)

    private init(_ places: Places) {
        self.places = places
    }

    deinit { giveBack() }

    func giveBack() {
        if isHeld.exchange(false, ordering: .relaxed) { places.giveBack() }
    }
}
