import Domain
import HTTPServer
import Jobs
import Storage

/// Answers to what handlers throw.
package enum Failure {
    package static func response(to error: any Error, _ services: GatewayServices) -> HTTPResponse {
        // A server that can't write its log any more ends, and is away until there is room.
        var cause = error
        if case StorageError.connectionLost = error, services.diskIsFull() { cause = StorageError.diskFull }
        let problem = problem(of: cause)
        services.metrics.refused(problem)
        return problem.response
    }

    static func problem(of error: any Error) -> Problem {
        switch error {
        case let problem as Problem: problem
        case let fault as BodyFault: Problem(fault)
        case let fault as MultipartFault: Problem(fault)
        case let refusal as AccessRefusal: Problem(.forbidden, refusal.text + ".", rule: refusal.rule)
        case AcceptQueue.Refusal.isFull:
            Problem(.overloaded, "Nothing of this request was taken in.", retryAfter: .seconds(2))
        case AcceptQueue.Refusal.isClosed:
            Problem(.unavailable, "Herald is stopping; nothing of this request was taken in.", retryAfter: .seconds(2))
        case StorageError.diskFull:
            Problem(
                .storageFull, "Nothing of this request was taken in. It works again once there is space.",
                retryAfter: .seconds(30))
        case let archived as RowsAreArchived: Problem(.wrongState, archived.description, rule: "archived")
        case StorageError.rejected(state: "HR006", let message): Problem(.wrongState, message, rule: "approval")
        case let error as StorageError where error.mayPass:
            Problem(
                .unavailable,
                "The database does not answer. Send the request again, under the same Idempotency-Key if it has one.",
                retryAfter: .seconds(1))
        default:
            Problem(.broken, "It has been logged. Try again, and give the X-Request-Id if it goes on.")
        }
    }
}
