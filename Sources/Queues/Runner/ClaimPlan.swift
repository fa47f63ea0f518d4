/// How many jobs of which shop the next claim takes: one of each shop in turn until there is no more room.
package struct ClaimPlan: Sendable, Equatable {
    package struct Quota: Sendable, Equatable {
        package var shop: String
        package var jobs: Int

        package init(shop: String, jobs: Int) {
            self.shop = shop
            self.jobs = jobs
        }
    }

    package private(set) var quotas: [Quota]
    /// Whether jobs are due that found no room, or shops were not looked at.
    package var leavesDue: Bool

    /// - Parameters:
    ///   - room: most jobs in all.
    ///   - allowed: most jobs of a limit's scope; a scope that is not in it has no limit.
    ///   - scope: the scope a shop belongs to.
    package init(
        due: [JobTable.DueShop],
        room: Int,
        allowed: [String: Int] = [:],
        scope: (String) -> String = { $0 }
    ) {
        var left = room
        var allowed = allowed
        var given = [Int](repeating: 0, count: due.count)
        var isTaking = true
        while left > 0, isTaking {
            isTaking = false
            for (index, shop) in due.enumerated() where left > 0 && given[index] < shop.due {
                let scope = scope(shop.shop)
                if let starts = allowed[scope] {
                    guard starts > 0 else { continue }
                    allowed[scope] = starts - 1
                }
                given[index] += 1
                left -= 1
                isTaking = true
            }
        }
        quotas = zip(due, given).filter { $0.1 > 0 }.map { Quota(shop: $0.0.shop, jobs: $0.1) }
        leavesDue = zip(due, given).contains { $0.1 < $0.0.due }
    }

    package var jobs: Int { quotas.reduce(0) { $0 + $1.jobs } }
}
