/// Finds what somebody probably meant.
package enum NearestName {
    /// The candidate that the name becomes with the fewest letters typed otherwise; nil when that would be another word.
    package static func to(_ name: String, among candidates: some Sequence<String>) -> String? {
        let most = min(3, name.count / 3)
        return candidates.map { (name: $0, distance: distance(name, $0)) }
            .filter { $0.distance > 0 && $0.distance <= most }
            .min { ($0.distance, $0.name) < ($1.distance, $1.name) }?.name
    }

    /// Letters to insert, delete, replace or swap with their neighbour, by the rows of Levenshtein's table.
    static func distance(_ one: String, _ other: String) -> Int {
        let (one, other) = (Array(one.utf8), Array(other.utf8))
        var (older, old) = ([Int](), Array(0...other.count))
        for i in one.indices {
            var row = [i + 1]
            for j in other.indices {
                var best = min(old[j + 1] + 1, row[j] + 1, old[j] + (one[i] == other[j] ? 0 : 1))
                if i > 0, j > 0, one[i] == other[j - 1], one[i - 1] == other[j] { best = min(best, older[j - 1] + 1) }
                row.append(best)
            }
            (older, old) = (old, row)
        }
        return old[other.count]
    }
}
