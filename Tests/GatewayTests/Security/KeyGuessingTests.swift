import Domain
import Jobs
import Storage
import TestDatabase
import Testing

@testable import Gateway

/// What somebody learns who tries keys, and whom he harms.
@Suite(.database) struct KeyGuessingTests {
    /// A key that nobody has, one with another secret and one that has ended with another secret sound the same.
    @Test func nothingTellsAKeyThatIsThereFromOneThatIsNot() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.templatesRead])
        let ended = try await bench.key([.templatesRead])
        let name = try #require(APIKeyID(String(ended.split(separator: "_")[2])))
        _ = try await AccessStore(database: bench.database).revoke(
            name, audit: AuditOrigin(actor: "test", origin: "test"))
        bench.services.access.forget()
        func forged(_ key: String) -> String {
            let token = APIKeyToken.make(isTest: false, id: APIKeyID(String(key.split(separator: "_")[2])))
            return String(decoding: token.text, as: UTF8.self)
        }
        let nobodys = String(decoding: APIKeyToken.make(isTest: false).text, as: UTF8.self)
        // Known to the cache and not.
        #expect(try await bench.call("GET", "/v1/templates", key: key).status == 200)
        var answers: Set<String> = []
        for guess in [nobodys, forged(key), forged(ended)] {
            let answer = try await bench.call("GET", "/v1/templates", key: guess)
            #expect(answer.status == 401)
            answers.insert(answer.text + answer.headers.sorted { $0.key < $1.key }.map { "\($0)" }.joined())
        }
        #expect(answers.count == 1, "\(answers)")
    }

    @Test func whoGuessesIsSlowedAndARightKeyBesideHimNever() async throws {
        let bench = try await GatewayBench()
        let key = try await bench.key([.templatesRead])
        var slowed = 0
        for _ in 0..<200 {
            let guess = String(decoding: APIKeyToken.make(isTest: false).text, as: UTF8.self)
            let answer = try await bench.call("GET", "/v1/templates", key: guess)
            #expect([401, 429].contains(answer.status))
            if answer.status == 429 {
                slowed += 1
                #expect(answer.header("retry-after") != nil)
            }
            #expect(try await bench.call("GET", "/v1/templates", key: key).status == 200)
        }
        #expect(slowed > 100)
    }
}
