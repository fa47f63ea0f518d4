import Testing

@testable import ConsoleAPI

@Suite struct ExportSlotTests {
    @Test func `of many that take at once no more succeed than there are places`() async throws {
        let places = ExportSlot.Places(4)
        let slots = await withTaskGroup(of: ExportSlot?.self) { group in
            for _ in 1...200 { group.addTask { try? places.take() } }
            return await group.reduce(into: [ExportSlot]()) { slots, slot in
                if let slot { slots.append(slot) }
            }
        }
        #expect(slots.count == 4)
        #expect(throws: APIError.self) { try places.take() }
    }

    @Test func `a place is free again when it is given back, once, or dropped`() throws {
        let places = ExportSlot.Places(2)
        let first = try places.take()
        var second: ExportSlot? = try places.take()
        first.giveBack()
        first.giveBack()
        let third = try places.take()
        #expect(throws: APIError.self) { try places.take() }
        withExtendedLifetime(second) {}
        second = nil
        let fourth = try places.take()
        withExtendedLifetime((third, fourth)) {}
    }
}
