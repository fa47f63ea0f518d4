import Orders
import Queues
import Testing

@testable import Orchestration

@Suite("An answer of the Shopify Admin API")
struct GraphQLAnswerTests {
    private func outcome(_ text: String, field: String = "orderMarkAsPaid") -> String? {
        GraphQLAnswer(Array(text.utf8))?.result(of: field).outcome
    }

    @Test(
        arguments: [
            (#"{"data":{"orderMarkAsPaid":{"order":{"id":"1"},"userErrors":[]}}}"#, "success"),
            (#"{"data":{"orderMarkAsPaid":{"userErrors":[{"message":"Order cannot be marked as paid."}]}}}"#, "refused"),
            (#"{"data":{"orderMarkAsPaid":null}}"#, "absent"),
            (#"{"data":{}}"#, "unknown"),
            (#"{"data":null,"errors":[{"message":"x","extensions":{"code":"ACCESS_DENIED"}}]}"#, "refused"),
            (#"{"errors":[{"message":"x","extensions":{"code":"undefinedField"}}]}"#, "refused"),
            (#"{"errors":[{"message":"x","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}"#, "unknown"),
            (#"{"errors":[{"message":"x"}]}"#, "unknown"),
            (#"{"errors":"Not Found"}"#, "unknown"),
            (#"{"data":{"orderMarkAsPaid":{"order":{},"userErrors":[]}},"errors":[{"message":"x"}]}"#, "unknown"),
            (#"{"errors":[{"message":"Throttled","extensions":{"code":"THROTTLED"}}]}"#, "throttled"),
        ]
    )
    func `means by its data and errors what Shopify says`(text: String, expected: String) {
        #expect(outcome(text) == expected)
    }

    @Test(arguments: ["", "[]", "{}", "<html>", #"{"data":"#])
    func `is none when it is no object with data or errors`(text: String) {
        #expect(GraphQLAnswer(Array(text.utf8)) == nil)
    }

    @Test func `says how long to wait for the budget`() throws {
        let text = """
            {"errors":[{"extensions":{"code":"THROTTLED"}}],"extensions":{"cost":{"requestedQueryCost":110,\
            "throttleStatus":{"maximumAvailable":2000.0,"currentlyAvailable":10,"restoreRate":50.0}}}}
            """
        let answer = try #require(GraphQLAnswer(Array(text.utf8)))
        #expect(answer.throttleStatus == ThrottleStatus(maximumAvailable: 2_000, currentlyAvailable: 10, restoreRate: 50))
        #expect(answer.result(of: "order").outcome == "throttled")
        guard case .throttled(let after) = answer.result(of: "order") else { return }
        #expect(after == .seconds(2))
    }

    @Test(
        arguments: [
            #"{"maximumAvailable":0,"currentlyAvailable":0,"restoreRate":1}"#,
            #"{"maximumAvailable":10,"currentlyAvailable":0,"restoreRate":0}"#,
            #"{"maximumAvailable":10,"currentlyAvailable":0,"restoreRate":0.000000001}"#, #"{"maximumAvailable":10}"#, "1",
        ]
    )
    func `is not believed when its budget makes no sense`(text: String) throws {
        let root = try JSONDocument(parsing: Array(text.utf8)).root
        #expect(ThrottleStatus(root) == nil)
    }

    @Test func `never asks for more points than there can be, nor for more than a minute`() throws {
        let status = try #require(ThrottleStatus(maximumAvailable: 1_000, currentlyAvailable: 50, restoreRate: 1))
        #expect(status.wait(for: 1_000) == .seconds(60))
        #expect(status.wait(for: 10) == .zero)
    }
}
