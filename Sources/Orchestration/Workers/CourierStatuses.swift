import Orders
import Synchronization

/// The courier status map with what operators added; made anew only when that has changed.
final class CourierStatuses: Sendable {
    private let last = Mutex<(added: [CourierStatusMap.Mapping], map: CourierStatusMap)>(([], .standard))

    func adding(_ added: [CourierStatusMap.Mapping]) -> CourierStatusMap {
        last.withLock { last in
            if last.added != added { last = (added, .standard.adding(added)) }
            return last.map
        }
    }
}
