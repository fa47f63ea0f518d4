import Orders
import Queues

extension JobView {
    /// As the API shows a job: bodies as exact text.
    func writeView(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", String(id))
        writer.member("queue", queue)
        writer.member("key", key)
        writer.member("orderId", orderID)
        writer.member("shop", shop)
        writer.member("state", state.rawValue)
        writer.member("attempt", Int64(attempt))
        writer.nullable("maxAttempts", maxAttempts.map(Int64.init))
        writer.nullable("worker", worker)
        writer.nullable("lastError", lastError)
        writer.member("input", String(decoding: input, as: UTF8.self))
        writer.nullable("lastAnswer", lastAnswer.map { String(decoding: $0, as: UTF8.self) })
        writer.member("createdAt", createdAt)
        writer.nullable("runAt", runAt)
        writer.nullable("finishedAt", finishedAt)
        writer.endObject()
    }
}
