import Crypto
import Domain

/// A Google service account, as its key file says.
struct ServiceAccount: Sendable {
    let email: String
    let project: String
    let keyID: String?
    let key: SigningKey
    let tokenURL: BaseURL

    /// The setting holds the file's object, or its text.
    init(_ reader: inout ConfigReader, base: BaseURL) throws(ConfigError) {
        let place = reader.place("service_account")
        let problem = "must be the JSON of the service account's key file, as Google gave it"
        let object: JSONObject? =
            switch reader.value("service_account") {
            case .object(let object): object
            case .string(let text): (try? JSON.parse(text))?.objectValue
            case nil: throw ConfigError(setting: place, problem: "is missing: give the JSON of the key file")
            default: nil
            }
        guard let object else { throw ConfigError(setting: place, problem: problem) }
        // The file has more members than these, and Google may add some: none of them is a mistake.
        var file = ConfigReader(object, prefix: place)
        email = try file.required("client_email")
        keyID = try file.plainText("private_key_id")
        key = try file.signingKey("private_key", .rsa)
        let project = try file.plainText("project_id")
        let fileURL = try file.plainText("token_uri")
        self.project = try reader.plainText("project_id") ?? project ?? ""
        guard !self.project.isEmpty, self.project.utf8.allSatisfy(Self.isProjectByte) else {
            throw ConfigError(setting: place + ".project_id", problem: "must be the project's id, such as my-app-12345")
        }
        tokenURL = try BaseURL.read(
            &reader, "token_uri", usual: fileURL ?? "https://oauth2.googleapis.com/token", under: base)
    }

    private static func isProjectByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x3A, 0x5F: true
        default: false
        }
    }
}
