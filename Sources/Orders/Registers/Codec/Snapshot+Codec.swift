extension Snapshot: StateCodable {
    func write(_ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("billing_address", raw: billingAddress)
        writer.member("created_at", createdAt?.microseconds)
        writer.member("currency", currency)
        writer.member("customer", customer)
        writer.member("financial_status", financialStatus?.text)
        writer.member("fulfillment_status", fulfillmentStatus?.text)
        writer.list("gateways", gateways)
        writer.member("key", key)
        writer.list("lines", lines)
        writer.member("name", name)
        writer.member("note", note)
        writer.member("order_number", orderNumber)
        writer.member("shipping_address", raw: shippingAddress)
        writer.member("shipping_price", shippingPrice?.tenThousandths)
        writer.member("subtotal_price", subtotalPrice?.tenThousandths)
        writer.member("tags", tags)
        if test { writer.member("test", true) }
        writer.member("time_source", timeSource.rawValue)
        writer.member("total_price", totalPrice?.tenThousandths)
        writer.endObject()
    }

    init(_ reader: StateReader) throws(StateError) {
        let value = reader.value
        guard let timeSource = TimeSource(rawValue: try reader.text("time_source")) else {
            throw StateError(field: "time_source")
        }
        self.init(key: try reader.required("key"), timeSource: timeSource)
        billingAddress = value["billing_address"].map { Array($0.rawBytes) }
        createdAt = reader.optionalInstant("created_at")
        currency = value.text("currency")
        customer = try reader.optional("customer")
        financialStatus = value.text("financial_status").map(FinancialStatus.init)
        fulfillmentStatus = value.text("fulfillment_status").map(FulfillmentStatus.init)
        gateways = value.elements("gateways").compactMap(\.text)
        lines = try reader.list("lines")
        name = value.text("name")
        note = value.text("note")
        orderNumber = value.text("order_number")
        shippingAddress = value["shipping_address"].map { Array($0.rawBytes) }
        shippingPrice = reader.money("shipping_price")
        subtotalPrice = reader.money("subtotal_price")
        tags = value.text("tags")
        test = value.flag("test") ?? false
        totalPrice = reader.money("total_price")
    }
}

extension Customer: StateCodable {
    /// Canonical JSON of what is known.
    package var canonicalJSON: [UInt8] {
        var writer = JSONWriter()
        write(&writer)
        return writer.bytes
    }

    func write(_ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("email", email)
        writer.member("id", id)
        writer.member("name", name)
        writer.member("phone", phone)
        writer.endObject()
    }

    init(_ reader: StateReader) throws(StateError) {
        let value = reader.value
        self.init(id: value.text("id"), name: value.text("name"), email: value.text("email"), phone: value.text("phone"))
    }
}

extension OrderLine: StateCodable {
    func write(_ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("fulfillable_quantity", fulfillableQuantity)
        writer.member("id", id)
        writer.member("price", price?.tenThousandths)
        writer.member("quantity", quantity)
        writer.member("requires_shipping", requiresShipping)
        writer.member("sku", sku)
        writer.member("title", title)
        writer.endObject()
    }

    init(_ reader: StateReader) throws(StateError) {
        let value = reader.value
        self.init(
            id: value.text("id"),
            title: value.text("title"),
            sku: value.text("sku"),
            quantity: try reader.integer("quantity"),
            fulfillableQuantity: try reader.integer("fulfillable_quantity"),
            requiresShipping: value.flag("requires_shipping") ?? true,
            price: reader.money("price")
        )
    }
}
