import Testing

@testable import Orchestration

@Suite("An answer of the outside world")
struct HTTPAnswerTests {
    @Test(
        arguments: [
            (200, nil, "success"), (201, nil, "success"), (301, nil, "refused"), (400, nil, "refused"), (401, nil, "refused"),
            (404, nil, "refused"), (408, nil, "unknown"), (409, nil, "refused"), (422, nil, "refused"), (425, nil, "unknown"),
            (429, nil, "throttled"), (429, 2, "throttled"), (500, nil, "unknown"), (500, 2, "unknown"), (502, nil, "unknown"),
            (503, nil, "unknown"), (503, 2, "throttled"), (504, nil, "unknown"),
        ] as [(Int, Int?, String)]
    )
    func `means by its status what the contract says`(status: Int, retryAfter: Int?, outcome: String) {
        let answer = HTTPAnswer(status: status, retryAfter: retryAfter.map { .seconds($0) }, body: [1])
        #expect(answer.result.outcome == outcome)
    }

    @Test func `keeps the body of what went wrong`() {
        #expect(HTTPAnswer(status: 422, body: [1]).result == .refused(status: 422, body: [1]))
        #expect(HTTPAnswer(status: 500, body: [2]).result == .unknown("the answer was 500", answer: [2]))
    }

    @Test(
        arguments: [
            ("5", nil, 5_000), ("0", nil, 0), ("1.5", nil, 1_500), ("999999999999", nil, 3_600_000),
            ("Sun, 06 Nov 1994 08:49:40 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", 3_000),
            ("Sun, 06 Nov 1994 08:49:30 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", 0),
            ("Sun, 06 Nov 1994 08:49:40 GMT", nil, nil), ("-1", nil, nil), ("nan", nil, nil), ("soon", nil, nil), (nil, nil, nil),
        ] as [(String?, String?, Int?)]
    )
    func `asks for a wait in seconds or with a date`(value: String?, date: String?, milliseconds: Int?) {
        #expect(RetryAfter.wait(value, date: date) == milliseconds.map { .milliseconds($0) })
    }
}
