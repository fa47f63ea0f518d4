import FoundationEssentials
import Orders
import ServiceRuntime
import Testing

@testable import Ingest

/// A recorded request of chaos/samples: its body, its headers, and the secret that signed it.
private struct Sample: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var provider: CourierProvider?
    var secret: String
    var headers: [String: String]
    var body: [UInt8]

    static let all: [Sample] = {
        let path = #filePath
        let folder = path.firstRange(of: "/Tests/").map { String(path[..<$0.lowerBound]) + "/chaos/samples" } ?? path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/headers")) ?? []
        return names.sorted().compactMap { Sample($0, folder: folder) }
    }()

    private init?(_ name: String, folder: String) {
        guard let data = FileManager.default.contents(atPath: "\(folder)/headers/\(name)"),
            let root = try? JSONDocument(parsing: Array(data)).root, let secret = root.text("secret_used"),
            let file = root.text("body_file"), let body = FileManager.default.contents(atPath: "\(folder)/headers/\(file)")
        else { return nil }
        testDescription = name
        provider = root.text("provider").flatMap { CourierProvider($0) }
        self.secret = secret
        headers = root["headers"].map { $0.members.reduce(into: [:]) { $0[$1.key.lowercased()] = $1.value.text } } ?? [:]
        self.body = Array(body)
    }

    /// The verdict of a receiver that knows `secrets`, on a body and headers that may have been changed.
    func verdict(secrets: String, body: [UInt8], headers: [String: String]) throws -> SignatureVerdict {
        guard let provider else {
            var settings = SettingsReader(layers: [["SHOPIFY_WEBHOOK_SECRETS": secrets]])
            let shopify = ShopifySecrets(settings: &settings)
            try settings.finish()
            return shopify.verdict(for: body, shop: "nile-lantern.myshopify.com", header: headers["x-shopify-hmac-sha256"])
        }
        var settings = SettingsReader(layers: [["COURIER_\(provider.rawValue.uppercased())_SECRET": secrets]])
        let couriers = CourierSecrets(settings: &settings)
        try settings.finish()
        return couriers.verdict(for: body, provider: provider) { headers[$0.lowercased()] }
    }
}

@Suite struct SignatureTests {
    @Test func `every provider and Shopify are among the samples`() {
        #expect(Set(Sample.all.compactMap(\.provider)) == Set(CourierProvider.allCases))
        #expect(Sample.all.contains { $0.provider == nil })
    }

    @Test(arguments: Sample.all)
    fileprivate func `a recorded request is believed by the secret that signed it, old or new`(sample: Sample) throws {
        let verdict = try sample.verdict(secrets: "old,\(sample.secret)", body: sample.body, headers: sample.headers)
        #expect(verdict == .valid(secret: 1))
    }

    @Test(arguments: Sample.all)
    fileprivate func `it is refused by another secret, without its headers, and with them cut short`(sample: Sample) throws {
        #expect(try !isBelieved(sample, secrets: "another"))
        #expect(try sample.verdict(secrets: sample.secret, body: sample.body, headers: [:]) == .missing)
        #expect(try !isBelieved(sample, headers: sample.headers.mapValues { String($0.dropLast()) }))
    }

    @Test(arguments: Sample.all.filter { $0.provider != .bosta })
    fileprivate func `a body that was changed by one byte is refused where the body is signed`(sample: Sample) throws {
        var body = sample.body
        body[body.count / 2] ^= 1
        #expect(try !isBelieved(sample, body: body))
    }

    @Test func `nobody is believed where no secret is configured`() throws {
        var settings = SettingsReader(layers: [[:]])
        let couriers = CourierSecrets(settings: &settings)
        for sample in Sample.all {
            guard let provider = sample.provider else { continue }
            let verdict = couriers.verdict(for: sample.body, provider: provider) { sample.headers[$0.lowercased()] }
            #expect(verdict == .invalid("no secret is configured"))
        }
    }

    @Test(arguments: ["development", "test"])
    func `unsigned webhooks of a shop are taken for local play only`(environment: String) throws {
        func read(_ environment: String) throws -> ShopifySecrets {
            var settings = SettingsReader(layers: [["SHOPIFY_VERIFY": "off", "APP_ENV": environment]])
            let secrets = ShopifySecrets(settings: &settings)
            try settings.finish()
            return secrets
        }
        #expect(try !read(environment).isVerified)
        let error = #expect(throws: ConfigurationError.self) { _ = try read("production") }
        #expect(error.map { "\($0)".contains("SHOPIFY_VERIFY") } == true)
    }

    private func isBelieved(
        _ sample: Sample,
        secrets: String? = nil,
        body: [UInt8]? = nil,
        headers: [String: String]? = nil
    ) throws -> Bool {
        let verdict = try sample.verdict(
            secrets: secrets ?? sample.secret,
            body: body ?? sample.body,
            headers: headers ?? sample.headers
        )
        if case .valid = verdict { return true }
        return false
    }
}
