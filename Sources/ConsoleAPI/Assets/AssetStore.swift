import FoundationEssentials
import HTTPTypes
import NIOCore
import Orders
import ServiceRuntime

/// The pages of the console, read once at the start, without their comments; a development folder is read anew for each request.
struct AssetStore: Sendable {
    struct Asset: Sendable {
        var type: String
        var etag: String
        var plain: ByteBuffer
        /// Only when it is smaller.
        var gzip: ByteBuffer?
    }

    private let assets: [String: Asset]
    private let folder: String?

    /// Reads every file of the built-in folder, or looks into the development folder later.
    init(builtIn: String, development: String?) throws {
        folder = development
        assets = development == nil ? try Self.read(builtIn) : [:]
        if development == nil, assets["index.html"] == nil {
            throw AssetError(description: "the pages of the console are missing: \(builtIn) has no index.html")
        }
    }

    /// The folder that lies beside the executable.
    static func builtInFolder() throws -> String {
        "\(try ProgramFolder.ofThisProcess())/orders-orchestrator_ConsoleAPI.resources/Web"
    }

    /// The file of this path, or for a path that names none the page that finds its way itself.
    func answer(_ path: Substring, for request: HTTPRequest) throws -> Answer {
        guard let name = PercentEncoding.decode(path.drop { $0 == "/" }) else { throw APIError.notFound("file") }
        if let asset = try asset(name) { return Self.answer(asset, for: request) }
        // A file that is missing is missing; only a page's path has no extension.
        if name.split(separator: "/").last?.contains(".") ?? false { throw APIError.notFound("file") }
        return index(for: request)
    }

    func index(for request: HTTPRequest) -> Answer {
        guard let asset = try? asset("index.html") else {
            return APIError.notFound("page").answer(requestID: "")
        }
        var answer = Self.answer(asset, for: request)
        answer.headers[.vary] = "Accept, Accept-Encoding"
        return answer
    }

    private func asset(_ name: String) throws -> Asset? {
        guard let folder else { return assets[name] }
        // Only names that the folder lists are opened, so that no name leads out of it.
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder)
        guard names.contains(name), let type = MediaType.of(name),
            let data = FileManager.default.contents(atPath: "\(folder)/\(name)")
        else { return nil }
        return Asset(type: type, etag: Self.etag(Array(data)), plain: ByteBuffer(bytes: data), gzip: nil)
    }

    private static func answer(_ asset: Asset, for request: HTTPRequest) -> Answer {
        var headers: HTTPFields = [.vary: "Accept-Encoding", .cacheControl: "no-cache", .eTag: asset.etag]
        if request.headerFields[.ifNoneMatch]?.contains(asset.etag) ?? false {
            var answer = Answer(status: .notModified, body: .none)
            answer.headers = headers
            return answer
        }
        var body = asset.plain
        if let gzip = asset.gzip, request.headerFields[.acceptEncoding]?.contains("gzip") ?? false {
            body = gzip
            headers[.contentEncoding] = "gzip"
        }
        var answer = Answer(contentType: asset.type, body: .buffer(body))
        answer.headers = headers
        return answer
    }

    private static func read(_ folder: String) throws -> [String: Asset] {
        var assets: [String: Asset] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            guard let type = MediaType.of(name), let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else {
                continue
            }
            let bytes = SourceComments.blanked(Array(data), of: name)
            let gzip = GzipEncoder.encode(bytes)
            assets[name] = Asset(
                type: type,
                etag: etag(bytes),
                plain: ByteBuffer(bytes: bytes),
                gzip: gzip.count < bytes.count ? ByteBuffer(bytes: gzip) : nil
            )
        }
        return assets
    }

    private static func etag(_ bytes: [UInt8]) -> String { "\"\(Digest(of: bytes).hex.prefix(32))\"" }
}

/// The pages cannot be served.
struct AssetError: Error, CustomStringConvertible {
    let description: String
}

/// What kinds of files the console serves; any other file is not served.
enum MediaType {
    static func of(_ name: String) -> String? {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "js", "mjs": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "svg": "image/svg+xml"
        case "json", "webmanifest": "application/json"
        case "png": "image/png"
        case "ico": "image/x-icon"
        case "woff2": "font/woff2"
        case "txt": "text/plain; charset=utf-8"
        default: nil
        }
    }
}
