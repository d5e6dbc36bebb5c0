import Domain
import HTTPServer

extension HTTPResponse {
    package static func json(_ json: JSON, status: Int = 200) -> HTTPResponse {
        var bytes: [UInt8] = []
        json.write(to: &bytes)
        return .json(status: status, bytes)
    }

    package func adding(_ headers: [(name: String, value: String)]) -> HTTPResponse {
        var response = self
        response.headers += headers
        return response
    }
}
