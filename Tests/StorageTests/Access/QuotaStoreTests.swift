import Domain
import Storage
import TestDatabase
import Testing

@Suite(.database) struct QuotaStoreTests {
    private func store() async throws -> (Database, QuotaStore) {
        let database = Database(url: try TestDatabase.current.connectionString, connections: 4)
        try await database.run { _ = try Migrations.apply(on: $0) }
        return (database, QuotaStore(database: database))
    }

    private func ask(
        _ least: Int64, ahead: Int64 = 0, back: Int64 = 0, since: Int64 = 0, of limit: Int64 = 100,
        _ period: SourceLimits.Period = .day
    ) -> QuotaStore.Ask {
        .init(source: 1, period: period, limit: limit, least: least, ahead: ahead, back: back, since: since)
    }

    @Test func aQuotaIsGivenOutOnceAndNoFurther() async throws {
        let (_, store) = try await store()
        #expect(try await store.take([ask(10, ahead: 50)]).map(\.granted) == [60])
        #expect(try await store.take([ask(41)]).map(\.granted) == [0])
        let rest = try await store.take([ask(1, ahead: 500)])[0]
        #expect(rest.granted == 40 && rest.used == 100)
        #expect(try await store.take([ask(0, ahead: 1)])[0].granted == 0)
        // A smaller limit than what was used gives nothing, a larger one the difference.
        #expect(try await store.take([ask(1, of: 50)])[0].granted == 0)
        #expect(try await store.take([ask(1, ahead: 100, of: 120)])[0].granted == 20)
    }

    @Test func whatIsBroughtBackIsThereAgainOnlyInItsPeriod() async throws {
        let (database, store) = try await store()
        let first = try await store.take([ask(100)])[0]
        #expect(first.endsIn > 0 && first.endsIn <= 86_400)
        #expect(try await store.take([ask(30, back: 30, since: first.started)])[0].granted == 30)
        #expect(try await store.take([ask(1, back: 30, since: first.started - 86_400)])[0].granted == 0)
        // A day later: the quota is whole, and what was held of yesterday's does not make it larger.
        try await database.run { try $0.execute("UPDATE source_quota SET started = started - 86400") }
        let next = try await store.take([ask(100, ahead: 100, back: 100, since: first.started - 86_400)])[0]
        #expect(next.granted == 100 && next.started == first.started)
    }

    /// The clock was a day ahead for a while: the quota of that day is not given out twice.
    @Test func aClockThatIsSetBackBeginsNothingAnew() async throws {
        let (database, store) = try await store()
        _ = try await store.take([ask(100)])
        try await database.run { try $0.execute("UPDATE source_quota SET started = started + 86400") }
        let later = try await store.take([ask(1)])[0]
        #expect(later.granted == 0 && later.endsIn > 86_400 && later.endsIn <= 2 * 86_400)
    }

    @Test func periodsAndSourcesAreApart() async throws {
        let (_, store) = try await store()
        var other = ask(5)
        other.source = 2
        let answers = try await store.take([ask(100), ask(70, .hour), ask(30, .month), other])
        #expect(answers.map(\.granted).sorted() == [5, 30, 70, 100])
        #expect(Set(answers.map { "\($0.source) \($0.period)" }).count == 4)
        let month = try #require(answers.first { $0.period == .month })
        #expect(month.endsIn > 0 && month.endsIn <= 31 * 86_400)
    }

    @Test func manyAtOnceGetNoMoreThanThereIs() async throws {
        let (_, store) = try await store()
        let granted = try await withThrowingTaskGroup { group in
            for number in 0..<8 {
                group.addTask {
                    var granted: Int64 = 0
                    for _ in 0..<20 {
                        var asks = [ask(3, of: 400), ask(2, of: 400, .hour), ask(1, of: 400, .month)]
                        if number % 2 == 0 { asks.reverse() }
                        granted += try await store.take(asks).first { $0.period == .day }?.granted ?? 0
                    }
                    return granted
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(granted == 399)
    }
}
