import Crypto
import Foundation
import Storage

/// A public key as somebody was handed it: PEM in a file, or 64 hexadecimal digits, which are its 32 bytes or its fingerprint;
/// the check knows which.
enum EvidenceKeyInput {
    static func key(_ text: String) throws -> [UInt8] {
        if text.utf8.count == 64, let bytes = unhex(text) { return bytes }
        guard let pem = text.hasPrefix("-----") ? text : try? String(contentsOfFile: text, encoding: .utf8) else {
            throw CommandError.usage(
                "--key takes a file with a public key (PEM), or its fingerprint, or its 64 hexadecimal digits; “\(text)” is none of these."
            )
        }
        guard let bytes = (try? VerifyingKey(pem: pem))?.rawEd25519 else {
            throw CommandError.usage("--key: there is no public Ed25519 key in it. `herald evidence key` prints one.")
        }
        return bytes
    }
}
