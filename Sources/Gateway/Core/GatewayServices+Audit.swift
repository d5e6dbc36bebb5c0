import Domain
import HTTPServer
import Storage

extension GatewayServices {
    /// Writes down that somebody was refused. A refusal is answered whether this works or not.
    func note(_ refusal: AccessRefusal, caller: Caller, request: HTTPRequest, operation: String) async {
        await refusals.note(refusal, caller: caller, address: request.client.description, operation: operation)
    }
}

extension AccessRefusal {
    static func scope(_ scope: Scope, _ caller: Caller) -> AccessRefusal {
        AccessRefusal(
            rule: "scope", text: "this key of source \(caller.sourceName) has not the scope \(scope.rawValue)")
    }
}
