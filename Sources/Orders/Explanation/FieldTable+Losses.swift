extension FieldTable {
    /// Losers of one or several contests, with the count of those that are not named.
    struct Losses {
        var named: [Explanation.Loss] = []
        var count = 0

        static func + (left: Losses, right: Losses) -> Losses {
            Losses(named: left.named + right.named, count: left.count + right.count)
        }
    }

    /// The event that set something; nil when none that was read did.
    func setter(_ contested: Contested?, _ reason: String) -> Explanation.Setter? {
        contested.flatMap { contests[$0]?.setter }.map { Explanation.Setter(event: $0, reason: reason) }
    }

    /// Who lost a contest, and why.
    func losses(_ contested: Contested, said: (OrderFact) -> FieldValue? = { _ in nil }) -> Losses {
        guard let contest = contests[contested] else { return Losses() }
        let named = contest.losers.map { loser in
            let why = loser.why ?? "says what \(contest.setter?.id.description ?? "another event") said before"
            return Explanation.Loss(event: loser.event, why: why, said: said(loser.part))
        }
        return Losses(named: named, count: contest.loserCount)
    }

    /// The winner of a contest that something else outweighs.
    func outweighed(
        _ contested: Contested,
        _ why: String,
        said: (OrderFact) -> FieldValue? = { _ in nil }
    ) -> Losses {
        guard let contest = contests[contested], let setter = contest.setter else { return Losses() }
        let loss = Explanation.Loss(event: setter, why: why, said: contest.setterPart.flatMap(said))
        return Losses(named: [loss], count: 1)
    }
}

extension Explanation.Field {
    init(_ name: String, _ value: FieldValue?, setBy: Explanation.Setter?, _ losses: FieldTable.Losses) {
        self.init(name: name, value: value, setBy: setBy, lost: losses.named, lostCount: losses.count)
    }

    func adding(_ losses: FieldTable.Losses) -> Explanation.Field {
        Explanation.Field(
            name: name,
            value: value,
            setBy: setBy,
            lost: losses.named + lost,
            lostCount: losses.count + lostCount
        )
    }

    func because(_ reason: String) -> Explanation.Field {
        let setter = setBy.map { Explanation.Setter(event: $0.event, reason: reason) }
        return Explanation.Field(name: name, value: value, setBy: setter, lost: lost, lostCount: lostCount)
    }
}
