import Storefront
import Testing

@Suite struct ClientAddressTests {
    @Test(arguments: [
        ("10.0.0.1", "::ffff:10.0.0.1"), ("::ffff:a00:1", "10.0.0.1"), ("2001:db8::1", "2001:0DB8:0:0:0:0:0:1"),
        ("::", "0:0:0:0:0:0:0:0"), ("1::", "1:0:0:0:0:0:0:0"), ("fe80::1%eth0", "fe80::1"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
    ])
    func `an address is the same however it is written`(one: String, other: String) throws {
        #expect(try #require(ClientAddress(one)) == #require(ClientAddress(other)))
    }

    @Test(arguments: [
        "", "10.0.0", "10.0.0.256", "10.0.0.1.2", "a.b.c.d", "1:2:3", "1:2:3:4:5:6:7:8:9", "::1::2", ":1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:",
        "12345::", "::g", "::+1", "10.0.0.-1", ":", ":::",
    ])
    func `what is no address is none`(text: String) {
        #expect(ClientAddress(text) == nil)
    }

    @Test func `a household of IPv6 is its network, one of IPv4 its address`() throws {
        let (one, other) = (try #require(ClientAddress("2001:db8:1:2::5")), try #require(ClientAddress("2001:db8:1:2:9::9")))
        #expect(one.household == other.household)
        #expect(try one.household != #require(ClientAddress("2001:db8:1:3::5")).household)
        #expect(try #require(ClientAddress("10.0.0.1")).household != #require(ClientAddress("10.0.0.2")).household)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.200.3.4", true), ("10.0.0.0/8", "11.0.0.1", false), ("127.0.0.1", "127.0.0.1", true),
        ("127.0.0.1", "127.0.0.2", false), ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::1", false),
        ("0.0.0.0/0", "8.8.8.8", true), ("0.0.0.0/0", "2001:db8::1", false), ("::/0", "8.8.8.8", true),
    ])
    func `a range is a prefix`(range: String, address: String, isIn: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(#require(ClientAddress(address))) == isIn)
    }

    @Test(arguments: ["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "here/8", "::/129"])
    func `what is no range is none`(text: String) {
        #expect(AddressRange(text) == nil)
    }

    @Test func `only trusted proxies are believed about who asks`() throws {
        let proxies = try ["10.0.0.0/8", "192.0.2.1"].map { try #require(AddressRange($0)) }
        let limits = ClientLimits(burst: 1, perSecond: 1, addresses: 2, trustedProxies: proxies)
        func client(_ peer: String, _ forwarded: String...) -> ClientAddress? {
            limits.client(peer: peer, forwardedFor: forwarded)
        }
        #expect(client("203.0.113.5", "198.51.100.7") == ClientAddress("203.0.113.5"))
        #expect(client("10.0.0.1", "198.51.100.7") == ClientAddress("198.51.100.7"))
        // A client can write what it likes in front of what the proxies add.
        #expect(client("10.0.0.1", "1.1.1.1, 198.51.100.7, 192.0.2.1") == ClientAddress("198.51.100.7"))
        #expect(client("10.0.0.1", "1.1.1.1", "198.51.100.7") == ClientAddress("198.51.100.7"))
        #expect(client("10.0.0.1", "nonsense") == ClientAddress("10.0.0.1"))
        #expect(client("10.0.0.1") == ClientAddress("10.0.0.1"))
        #expect(client("a socket") == nil)
    }
}
