/// The GraphQL documents of the Shopify Admin API, each with the field its answer is under. They can be pasted into GraphiQL.
struct AdminOperation: Sendable {
    let field: String
    let document: String

    /// Everything that has to be known before an order is written to. Called before a fulfillment is made, and after an
    /// unknown outcome.
    static let order = AdminOperation(
        field: "order",
        document: """
            query Order($id: ID!) {
              order(id: $id) {
                id
                displayFinancialStatus
                note
                tags
                fulfillmentOrders(first: 20) { nodes { id status } }
                fulfillments(first: 20) {
                  id
                  status
                  trackingInfo(first: 5) { company number }
                  events(first: 50) { nodes { status happenedAt } }
                }
              }
            }
            """
    )

    /// Ships what is left of a fulfillment order.
    static let createFulfillment = AdminOperation(
        field: "fulfillmentCreate",
        document: """
            mutation CreateFulfillment($fulfillment: FulfillmentInput!) {
              fulfillmentCreate(fulfillment: $fulfillment) {
                fulfillment { id status }
                userErrors { field message }
              }
            }
            """
    )

    /// Replaces the label of a parcel.
    static let updateTracking = AdminOperation(
        field: "fulfillmentTrackingInfoUpdate",
        document: """
            mutation UpdateTracking($fulfillmentId: ID!, $trackingInfoInput: FulfillmentTrackingInput!, $notifyCustomer: Boolean) {
              fulfillmentTrackingInfoUpdate(
                fulfillmentId: $fulfillmentId, trackingInfoInput: $trackingInfoInput, notifyCustomer: $notifyCustomer
              ) {
                fulfillment { id status }
                userErrors { field message }
              }
            }
            """
    )

    /// Tells the buyer where the parcel is.
    static let createFulfillmentEvent = AdminOperation(
        field: "fulfillmentEventCreate",
        document: """
            mutation CreateFulfillmentEvent($fulfillmentEvent: FulfillmentEventInput!) {
              fulfillmentEventCreate(fulfillmentEvent: $fulfillmentEvent) {
                fulfillmentEvent { id status }
                userErrors { field message }
              }
            }
            """
    )

    /// The courier has collected the cash.
    static let markAsPaid = AdminOperation(
        field: "orderMarkAsPaid",
        document: """
            mutation MarkAsPaid($input: OrderMarkAsPaidInput!) {
              orderMarkAsPaid(input: $input) {
                order { id displayFinancialStatus }
                userErrors { field message }
              }
            }
            """
    )

    /// Replaces note and tags.
    static let updateOrder = AdminOperation(
        field: "orderUpdate",
        document: """
            mutation UpdateOrder($input: OrderInput!) {
              orderUpdate(input: $input) {
                order { id }
                userErrors { field message }
              }
            }
            """
    )
}
