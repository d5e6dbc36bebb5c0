/// How to connect to the embedded cluster. The password is in no description of it.
package struct ConnectionParameters: Sendable, Hashable, CustomStringConvertible {
    /// The folder of the server's unix socket.
    package let host: String
    package let port: Int
    package let user: String
    package let database: String
    package let password: String

    package var description: String { "\(user)@\(host)/\(database)" }

    /// For libpq: `keyword='value'` pairs, the form in which a value may hold any character.
    package var connectionString: String {
        let pairs = [
            ("host", host), ("port", "\(port)"), ("user", user), ("dbname", database), ("password", password),
        ]
        return pairs.map { "\($0)=\(Self.quoted($1))" }.joined(separator: " ")
    }

    /// The same server, another database.
    package func withDatabase(_ name: String) -> ConnectionParameters {
        ConnectionParameters(host: host, port: port, user: user, database: name, password: password)
    }

    static func quoted(_ value: String) -> String {
        var quoted = "'"
        for character in value.unicodeScalars {
            if character == "'" || character == "\\" { quoted.unicodeScalars.append("\\") }
            quoted.unicodeScalars.append(character)
        }
        return quoted + "'"
    }
}

extension ConnectionParameters: CustomDebugStringConvertible, CustomReflectable {
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["server": description]) }
}
