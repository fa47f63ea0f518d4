import Hummingbird
import NIOCore

/// A request and the connection it came on, so that the sandbox can hang up instead of answering.
struct SandboxContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}
