import ArgumentParser
import FoundationEssentials
import Queues

/// Which jobs a command means.
struct JobFilterOptions: ParsableArguments {
    @Option(help: "Only jobs of this queue.")
    var queue: Queue?

    @Option(help: "Only jobs of this order, by its UUID.", transform: UUID.fromArgument)
    var order: UUID?

    @Option(help: "Only jobs of this shop.")
    var shop: String?

    @Option(help: "Only jobs whose last error contains this text.")
    var error: String?

    func validate() throws {
        // A variable that is not set must not mean every job.
        if shop?.isEmpty == true { throw ValidationError("--shop is empty; leave it out to mean every shop.") }
        if error?.isEmpty == true { throw ValidationError("--error is empty; leave it out to mean every error.") }
    }

    /// Whether every job is meant.
    var isEmpty: Bool { queue == nil && order == nil && shop == nil && error == nil }

    /// Jobs in whatever state, or in one.
    func jobs(in state: JobView.State?) -> JobView.Filter {
        JobView.Filter(queue: queue, orderID: order, shop: shop, error: error, state: state)
    }

    /// Dead letters, or those of them with these ids.
    func letters(ids: [Int64]? = nil) -> DeadLetters.Filter {
        DeadLetters.Filter(ids: ids, queue: queue, orderID: order, shop: shop, error: error)
    }
}
