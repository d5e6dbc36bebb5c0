private import CPostgres
import Glibc

/// How to reach a server, told to another program: the password apart from the rest, because everybody on the machine can
/// read a program's arguments.
struct ServerAddress: Sendable {
    /// For `--dbname`, without the password.
    let settings: String
    /// For the program's environment: the password, and what the user's own `PG…` variables say.
    let variables: [String]

    init(url: String) throws(StorageError) {
        guard let options = PQconninfoParse(url, nil) else {
            throw .connectionLost("HERALD_DATABASE_URL can't be read")
        }
        defer { PQconninfoFree(options) }
        var pairs: [String] = []
        var variables = Self.ownVariables
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val {
                let (name, text) = (String(cString: keyword), String(cString: value))
                if name == "password" {
                    variables.removeAll { $0.hasPrefix("PGPASSWORD=") }
                    variables.append("PGPASSWORD=" + text)
                } else {
                    pairs.append("\(name)=\(ConnectionParameters.quoted(text))")
                }
            }
            option += 1
        }
        settings = pairs.joined(separator: " ")
        self.variables = variables
    }

    /// Where a URL leaves something open, libpq asks these.
    private static var ownVariables: [String] {
        var found: [String] = []
        var entry = environ
        while let text = entry.pointee {
            let line = String(cString: text)
            if line.hasPrefix("PG") || line.hasPrefix("HOME=") { found.append(line) }
            entry += 1
        }
        return found
    }
}
