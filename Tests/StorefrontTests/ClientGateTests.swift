import HTTPServing
import NIOCore
import NIOHTTP1
import Testing

@testable import Storefront

@Suite struct ClientGateTests {
    private static func request(from peer: String) throws -> Request {
        Request(
            head: HTTPRequestHead(version: .http1_1, method: .GET, uri: "/api/v1/products"),
            peer: try SocketAddress(ipAddress: peer, port: 1)
        )
    }

    @Test func `whoever has a whole network of IPv6 is one client, however many addresses it comes from`() throws {
        let gate = ClientGate(ClientLimits(burst: 1, perSecond: 1, addresses: 10), now: { 0 })
        try gate.enter(Self.request(from: "2001:db8:1:2::5"))
        #expect(throws: Refusal.self) { try gate.enter(Self.request(from: "2001:db8:1:2:9::9")) }
        try gate.enter(Self.request(from: "2001:db8:1:3::5"))
        try gate.enter(Self.request(from: "10.0.0.1"))
        try gate.enter(Self.request(from: "10.0.0.2"))
    }
}
