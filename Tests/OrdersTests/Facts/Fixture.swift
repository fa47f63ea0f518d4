import Foundation
import Testing

/// Bodies of the specification.
enum Fixture {
    static func text(_ name: String) -> String {
        String(decoding: bytes(name), as: UTF8.self)
    }

    static func bytes(_ name: String) -> [UInt8] {
        guard let url = Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "json"),
            let data = try? Data(contentsOf: url)
        else {
            Issue.record("there is no fixture \(name)")
            return []
        }
        return Array(data)
    }
}
