import Testing

@testable import ServiceRuntime

@Suite struct OpenFilesTests {
    @Test(arguments: [("1024                 524288", 1_024), ("unlimited            unlimited", nil)])
    func `the limit in force is the first of the two that the kernel names`(limits: String, expected: Int?) {
        let text = """
            Limit                     Soft Limit           Hard Limit           Units
            Max processes             95953                95953                processes
            Max open files            \(limits)               files
            Max locked memory         8388608              8388608              bytes

            """
        #expect(OpenFiles.limit(in: text) == expected)
    }

    @Test func `a kernel that does not say has no limit`() {
        #expect(OpenFiles.limit(in: "") == nil)
    }
}
