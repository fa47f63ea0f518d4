import FoundationEssentials
import Orders
import Testing

@testable import ChaosKit

/// One of the recorded headers in chaos/samples, with the secret that signed it.
private struct Sample: Decodable, Sendable, CustomTestStringConvertible {
    var provider: String?
    var secret: String
    var bodyFile: String
    var headers: [String: String]

    enum CodingKeys: String, CodingKey {
        case provider, headers
        case secret = "secret_used"
        case bodyFile = "body_file"
    }

    var testDescription: String { bodyFile }

    static let folder = #filePath.components(before: "/Tests/") + "/chaos/samples"

    static let all: [Sample] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/headers")) ?? []
        return names.sorted().compactMap { name in
            FileManager.default.contents(atPath: "\(folder)/headers/\(name)").flatMap {
                try? JSONDecoder().decode(Sample.self, from: $0)
            }
        }
    }()

    var body: [UInt8] {
        FileManager.default.contents(atPath: "\(Self.folder)/headers/\(bodyFile)").map(Array.init) ?? []
    }
}

extension String {
    fileprivate func components(before marker: String) -> String {
        firstRange(of: marker).map { String(self[..<$0.lowerBound]) } ?? self
    }
}

@Suite("Signers")
struct WebhookSignerTests {
    @Test func `find the samples`() {
        #expect(Sample.all.count == 55)
    }

    @Test(arguments: Sample.all.filter { $0.provider == nil })
    fileprivate func `sign like Shopify did`(sample: Sample) {
        let signature = ShopifySigner(secret: sample.secret).signature(of: sample.body)
        #expect(signature == sample.headers["X-Shopify-Hmac-Sha256"])
    }

    @Test(arguments: Sample.all.filter { $0.provider != nil })
    fileprivate func `sign like each courier did`(sample: Sample) throws {
        let provider = try #require(CourierProvider(sample.provider ?? ""))
        let time = sample.headers["Shippo-Auth-Signature"]?.dropFirst(2).prefix { $0.isNumber }
        let instant = try #require(Instant(unixSeconds: time.flatMap { Int64($0) } ?? 0))
        let header = CourierSigner(provider: provider, secret: sample.secret).header(for: sample.body, at: instant)
        #expect(header.value == sample.headers[header.name])
    }
}
