import FoundationEssentials
import Testing

@testable import Orders

@Suite("Instant")
struct InstantTests {
    @Test(arguments: [
        ("2026-01-18T17:00:00Z", "2026-01-18T17:00:00Z"), ("2026-01-18T19:00:01+02:00", "2026-01-18T17:00:01Z"),
        ("2026-01-18T19:00:01+0200", "2026-01-18T17:00:01Z"), ("2026-01-18T12:30:00-04:30", "2026-01-18T17:00:00Z"),
        ("2026-01-18 17:00:00", "2026-01-18T17:00:00Z"), ("2026-01-18t17:00:00z", "2026-01-18T17:00:00Z"),
        ("2026-01-18T18:43:04.001Z", "2026-01-18T18:43:04.001000Z"), ("2026-01-18T00:00:00.1", "2026-01-18T00:00:00.100000Z"),
        ("2026-01-18T00:00:00.123456789Z", "2026-01-18T00:00:00.123456Z"),
        ("2026-01-18T00:00:00.000000Z", "2026-01-18T00:00:00Z"), ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"), ("2000-02-29T12:00:00Z", "2000-02-29T12:00:00Z"),
        ("2024-02-29T23:30:00-01:00", "2024-03-01T00:30:00Z"), ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        ("1969-12-31T23:00:00-02:00", "1970-01-01T01:00:00Z"),
    ])
    func `reads the forms that senders use and prints UTC`(text: String, expected: String) throws {
        let instant = try #require(Instant(iso8601: text))
        #expect(instant.iso8601 == expected)
        #expect(Instant(iso8601: expected) == instant)
    }

    @Test(arguments: [
        "", "2026", "2026-01-18", "2026-01-18T17:00", "2026-1-18T17:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
        "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-18T24:00:00Z",
        "2026-01-18T00:60:00Z", "2026-01-18T00:00:61Z", "2026-01-18T00:00:00.Z", "2026-01-18T00:00:00.1234567890Z",
        "2026-01-18T00:00:00+24:00", "2026-01-18T00:00:00+02:60", "2026-01-18T00:00:00+2", "2026-01-18T00:00:00Zx",
        "2026-01-18T00:00:00 Z", " 2026-01-18T00:00:00Z", "2026-01-18X00:00:00Z", "1969-12-31T23:59:59Z", "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-01:00", "1970-01-01T00:00:00+01:00", "١٩٧٠-01-01T00:00:00Z",
    ])
    func `refuses other texts and other years`(text: String) {
        #expect(Instant(iso8601: text) == nil)
    }

    @Test
    func `agrees with Foundation on every 40th day`() {
        for day in stride(from: 0, to: 2_932_896, by: 40) {
            let instant = Instant(unixSeconds: Int64(day) * 86_400)
            #expect(instant?.iso8601 == Date(timeIntervalSince1970: Double(day) * 86_400).formatted(.iso8601))
            #expect(instant.flatMap { Instant(iso8601: $0.iso8601) } == instant)
        }
    }

    @Test
    func `unix times out of range are nil`() {
        #expect(Instant(unixSeconds: 253_402_300_799)?.iso8601 == "9999-12-31T23:59:59Z")
        #expect(Instant(unixSeconds: 253_402_300_800) == nil)
        #expect(Instant(unixSeconds: -1) == nil)
        #expect(Instant(unixSeconds: .max) == nil)
        #expect(Instant(unixMilliseconds: .max) == nil)
        #expect(Instant(microseconds: .min) == nil)
        #expect(Instant(unixMilliseconds: 1_768_726_800_123)?.iso8601 == "2026-01-18T09:00:00.123000Z")
    }

    @Test(arguments: [
        ("1768726800", "2026-01-18T09:00:00Z"), ("1768726800000", "2026-01-18T09:00:00Z"),
        (#""1768726800000""#, "2026-01-18T09:00:00Z"), (#""2026-01-18T11:00:00+02:00""#, "2026-01-18T09:00:00Z"), ("-1", nil),
        (#""yesterday""#, nil), ("null", nil), ("1e9", nil), ("true", nil), ("99999999999999999999", nil),
    ])
    func `JSON times are texts, seconds or milliseconds`(json: String, expected: String?) throws {
        #expect(Instant(json: try document(json).root)?.iso8601 == expected)
    }

    @Test
    func `moves and dates stay within range`() {
        #expect(Instant.latest.advanced(byMicroseconds: 1) == .latest)
        #expect(Instant.latest.advanced(byMicroseconds: .max) == .latest)
        #expect(Instant.epoch.advanced(byMicroseconds: .min) == .epoch)
        #expect(Instant.epoch.advanced(byMicroseconds: 5).microseconds(since: .epoch) == 5)
        #expect(Instant(Date(timeIntervalSince1970: -5)) == .epoch)
        #expect(Instant(Date(timeIntervalSince1970: .infinity)) == .latest)
        #expect(Instant(Date(timeIntervalSince1970: 1.5)).microseconds == 1_500_000)
    }
}
