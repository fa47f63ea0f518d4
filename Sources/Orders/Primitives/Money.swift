/// An amount of money in ten-thousandths of its currency's unit; the currency is kept beside it.
package struct Money: Hashable, Comparable, Sendable {
    /// 12,345 is 1.2345.
    package let tenThousandths: Int64

    /// No money.
    package static let zero = Money(tenThousandths: 0)

    /// An amount in its stored form.
    package init(tenThousandths: Int64) {
        self.tenThousandths = tenThousandths
    }

    /// Reads a plain decimal such as `-150.00`; nil for anything else and for an amount that does not fit.
    ///
    /// Digits after the fourth decimal are cut off, towards zero.
    package init?(_ text: String) {
        var negative = false
        var magnitude: UInt64 = 0
        var integerDigits = 0
        var decimals: Int?
        for (index, byte) in text.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "-") where index == 0:
                negative = true
            case UInt8(ascii: ".") where decimals == nil && integerDigits > 0:
                decimals = 0
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                if let count = decimals { decimals = count + 1 } else { integerDigits += 1 }
                if decimals ?? 0 > 4 { continue }
                guard let next = Money.appending(byte - UInt8(ascii: "0"), to: magnitude) else { return nil }
                magnitude = next
            default:
                return nil
            }
        }
        guard integerDigits > 0, decimals != 0 else { return nil }
        for _ in min(decimals ?? 0, 4)..<4 {
            guard let next = Money.appending(0, to: magnitude) else { return nil }
            magnitude = next
        }
        guard magnitude <= UInt64(Int64.max) else { return nil }
        tenThousandths = negative ? -Int64(magnitude) : Int64(magnitude)
    }

    /// Reads a string or a number without an exponent.
    package init?(json value: JSONValue) {
        guard let text = value.text else { return nil }
        self.init(text)
    }

    package static func < (lhs: Money, rhs: Money) -> Bool {
        lhs.tenThousandths < rhs.tenThousandths
    }

    /// The sum, held at the largest or smallest amount when it does not fit.
    package static func + (lhs: Money, rhs: Money) -> Money {
        let (sum, overflow) = lhs.tenThousandths.addingReportingOverflow(rhs.tenThousandths)
        guard overflow else { return Money(tenThousandths: sum) }
        return Money(tenThousandths: rhs.tenThousandths < 0 ? .min : .max)
    }

    private static func appending(_ digit: UInt8, to magnitude: UInt64) -> UInt64? {
        let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
        guard !overflow else { return nil }
        let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
        return carry ? nil : sum
    }
}

extension Money: CustomStringConvertible {
    /// The amount with two to four decimals: `150.00`, `0.125`.
    package var description: String {
        let magnitude = tenThousandths.magnitude
        var decimals = String(magnitude % 10_000)
        decimals = String(repeating: "0", count: 4 - decimals.utf8.count) + decimals
        while decimals.utf8.count > 2, decimals.utf8.last == UInt8(ascii: "0") { decimals.removeLast() }
        return "\(tenThousandths < 0 ? "-" : "")\(magnitude / 10_000).\(decimals)"
    }
}
