/// A courier's name in its normal form: letters and digits, lower case, one name for its several brands.
package struct CourierName: Hashable, Sendable, LosslessStringConvertible {
    /// The normal form.
    package let rawValue: String

    /// The longest name that is kept; the rest is cut off.
    package static let maxLength = 64

    /// Nil when no letter or digit is left.
    package init?(_ text: String) {
        var name = ""
        for scalar in text.lowercased().unicodeScalars.prefix(4 * Self.maxLength) where Self.counts(scalar) {
            name.unicodeScalars.append(scalar)
        }
        name = String(name.prefix(Self.maxLength))
        guard !name.isEmpty else { return nil }
        rawValue = Self.aliases[name] ?? name
    }

    package var description: String { rawValue }

    private static func counts(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || scalar.properties.numericType == .decimal
    }

    private static let aliases: [String: String] = [
        "dhlexpress": "dhl",
        "dhlecommerce": "dhl",
        "dhlparcel": "dhl",
        "dhlpaket": "dhl",
        "bostaegypt": "bosta",
        "upsdap": "ups",
        "unitedparcelservice": "ups",
        "unitedstatespostalservice": "usps",
        "federalexpress": "fedex",
    ]
}

extension CourierName: Comparable {
    package static func == (lhs: CourierName, rhs: CourierName) -> Bool {
        lhs.rawValue.utf8.elementsEqual(rhs.rawValue.utf8)
    }

    package static func < (lhs: CourierName, rhs: CourierName) -> Bool {
        lhs.rawValue.utf8.lexicographicallyPrecedes(rhs.rawValue.utf8)
    }
}
