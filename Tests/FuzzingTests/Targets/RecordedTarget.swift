import ChaosKit
import Foundation
import Orders

extension FuzzTarget {
    /// Recorded files: the headers beside a body are read or refused by the file's name.
    static let recorded = FuzzTarget(
        name: "recorded",
        dictionary: JSONWords.all + ["\"headers\":{", "\"provider\":\"bosta\"", "\"X-Shopify-Topic\":\"orders/paid\""]
    ) { bytes in
        let message = FuzzMessage(bytes)
        let sidecar = message["Sidecar"] ?? "{}"
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "fuzz-\(ProcessInfo.processInfo.processIdentifier)"
        )
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.appendingPathComponent("orders-paid.json").path
        try Data(message.body).write(to: URL(fileURLWithPath: path))
        try Data(sidecar.utf8).write(to: folder.appendingPathComponent("orders-paid.headers.json"))
        do {
            let file = try RecordedFile(path: path, overrides: RecordedFile.Overrides())
            let delivery = try file.delivery(host: "localhost", signature: nil, defaultShop: "a.myshopify.com", at: .epoch)
            try hold(!delivery.events.isEmpty, "a delivery of nothing")
            return "\(file.courier?.rawValue ?? "shopify")"
        } catch let fault as RecordedFile.Fault {
            try hold(fault.description.contains("orders-paid"), "a fault that names no file: \(fault)")
            return "fault"
        }
    }
}
