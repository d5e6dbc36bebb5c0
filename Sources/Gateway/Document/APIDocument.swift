private import COpenAPI
import Domain

/// The OpenAPI document as it is in the binary. A test holds it against the routes, in both directions.
package enum APIDocument {
    package static let bytes: [UInt8] = {
        var length = 0
        guard let start = herald_openapi(&length) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: length))
    }()

    /// One operation with what there is to say of it.
    struct Operation {
        let method: String
        let path: String
        let json: JSON
    }

    package static func parsed() throws -> JSON { try JSON.parse(bytes) }

    static let methods = ["get", "put", "post", "delete", "patch"]

    /// In the order of the document.
    static func operations(_ document: JSON) -> [Operation] {
        var found: [Operation] = []
        for (path, item) in document["paths"]?.objectValue ?? JSONObject() {
            for method in methods {
                if let operation = item[method] {
                    found.append(Operation(method: method.uppercased(), path: path, json: operation))
                }
            }
        }
        return found
    }

    /// What a `$ref` stands for.
    static func resolved(_ json: JSON, in document: JSON) -> JSON {
        guard let reference = json["$ref"]?.stringValue, reference.hasPrefix("#/") else { return json }
        var target: JSON? = document
        for part in reference.dropFirst(2).split(separator: "/") { target = target?[String(part)] }
        return target ?? json
    }
}
