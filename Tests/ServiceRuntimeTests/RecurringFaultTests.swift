import Logging
import TestLog
import Testing

@testable import ServiceRuntime

@Suite struct RecurringFaultTests {
    private struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    @Test func `a fault is said when it begins, when it changes and when it comes back after its end`() {
        let log = LogLines()
        var fault = RecurringFault()
        var ended = [fault.end()]
        for reason in ["refused", "refused", "full", "refused", "refused"] {
            fault.warn("It did not work.", Fault(description: reason), to: log.logger)
        }
        #expect(log.take().map { $0.contains("full") } == [false, true, false])
        ended += [fault.end(), fault.end()]
        #expect(ended == [false, true, false])
        fault.warn("It did not work.", Fault(description: "refused"), to: log.logger)
        #expect(log.lines.count == 1)
    }
}
