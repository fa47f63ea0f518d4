import CHiredis
import NIOCore

/// hiredis' formatting of commands, with room that is reused from one command of a pipeline to the next.
///
/// Measured against writing RESP by hand, for an `XADD` of nine arguments: 0.75 µs by hiredis, 0.83 µs by hand
/// (optimised, into an array); 1.9 µs against 60 µs into an unoptimised `ByteBuffer`.
struct CommandFormatter {
    /// All arguments one after the other; argument `n` starts at `offsets[n]` and has `lengths[n]` bytes.
    private var bytes: [UInt8] = []
    private var offsets: [Int] = []
    private var lengths: [Int] = []

    /// Appends the command as RESP to the buffer.
    mutating func write(_ command: RedisCommand, to buffer: inout ByteBuffer) {
        bytes.removeAll(keepingCapacity: true)
        offsets.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        append(command.name.utf8)
        for argument in command.arguments {
            switch argument {
            case .text(let text): append(text.utf8)
            case .integer(let value): append(String(value).utf8)
            case .bytes(let value): append(value)
            }
        }
        format(into: &buffer)
    }

    private mutating func append(_ argument: some Sequence<UInt8>) {
        let offset = bytes.count
        bytes.append(contentsOf: argument)
        offsets.append(offset)
        lengths.append(bytes.count - offset)
    }

    private func format(into buffer: inout ByteBuffer) {
        // The vector points into `bytes`, which nobody changes or frees before the closure returns; hiredis keeps nothing.
        unsafe bytes.withUnsafeBytes { base in
            var vector = unsafe offsets.map { offset -> UnsafePointer<CChar>? in
                unsafe base.baseAddress?.advanced(by: offset).assumingMemoryBound(to: CChar.self)
            }
            var target: UnsafeMutablePointer<CChar>?
            let count = unsafe redisFormatCommandArgv(&target, CInt(vector.count), &vector, lengths)
            // Negative only when malloc failed, which ends a Swift process anyway.
            guard count > 0 else { fatalError("out of memory") }
            // `target` is ours until it is freed here, after its `count` bytes were copied.
            unsafe buffer.writeBytes(UnsafeRawBufferPointer(start: target, count: Int(count)))
            unsafe redisFreeCommand(target)
        }
    }
}
