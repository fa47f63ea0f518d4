/// What shipping costs the buyer.
package enum ShippingFee {
    /// The booked courier's fee when there is one; else the sum of the order's shipping lines; else the tier of the total;
    /// nil without a total.
    package static func fee(booked: Money?, shippingLines: Money?, total: Money?) -> Money? {
        booked ?? shippingLines ?? total.map(tier)
    }

    private static func tier(of total: Money) -> Money {
        tiers.first { total < $0.below }?.fee ?? .zero
    }

    private static let tiers = [
        (below: Money(tenThousandths: 50_0000), fee: Money(tenThousandths: 9_9900)),
        (below: Money(tenThousandths: 100_0000), fee: Money(tenThousandths: 7_9900)),
        (below: Money(tenThousandths: 200_0000), fee: Money(tenThousandths: 5_9900)),
    ]
}
