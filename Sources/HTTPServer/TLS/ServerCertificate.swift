private import Glibc
private import Synchronization

/// What a server shows to prove who it is: a certificate chain and its key, both PEM. Read from files, it is read again
/// once they change, and the next handshake shows the new one; a pair that can't be used leaves the old one in place.
package final class ServerCertificate: Sendable {
    private struct State {
        var current: CertificateGeneration
        /// Handshakes may hold on to what came before.
        var former: [CertificateGeneration] = []
        var stamp: Stamp?
    }

    private struct Stamp: Equatable {
        var certificate: Int64
        var key: Int64
    }

    private let state: Mutex<State>
    private let files: (certificate: String, key: String)?

    package init(certificate: [UInt8], key: [UInt8]) throws(CertificateError) {
        files = nil
        state = Mutex(State(current: try CertificateGeneration(certificate: certificate, key: key)))
    }

    package init(certificatePath: String, keyPath: String) throws(CertificateError) {
        files = (certificatePath, keyPath)
        let stamp = Stamp(certificate: Self.stamp(certificatePath), key: Self.stamp(keyPath))
        let pair = try CertificateGeneration(certificate: Self.read(certificatePath), key: Self.read(keyPath))
        state = Mutex(State(current: pair, stamp: stamp))
    }

    /// True where the files have changed since they were read, and are a pair: from now on it is shown.
    @discardableResult package func reloadIfChanged() throws(CertificateError) -> Bool {
        guard let files else { return false }
        let stamp = Stamp(certificate: Self.stamp(files.certificate), key: Self.stamp(files.key))
        // Noted first: a pair that can't be used is complained of once.
        let isNew = state.withLock { state in
            defer { state.stamp = stamp }
            return state.stamp != stamp
        }
        guard isNew else { return false }
        let pair = try CertificateGeneration(certificate: Self.read(files.certificate), key: Self.read(files.key))
        state.withLock { state in
            state.former.append(state.current)
            state.current = pair
        }
        return true
    }

    var current: CertificateGeneration { state.withLock { $0.current } }

    /// Changes with every write and with every new file under the name.
    private static func stamp(_ path: String) -> Int64 {
        var status = stat()
        guard stat(path, &status) == 0 else { return 0 }
        return Int64(status.st_mtim.tv_sec) &* 1_000_000_007 &+ Int64(status.st_mtim.tv_nsec)
            &+ Int64(bitPattern: UInt64(status.st_ino)) &* 31 &+ Int64(status.st_size)
    }

    private static func read(_ path: String) throws(CertificateError) -> [UInt8] {
        guard let file = fopen(path, "re") else { throw .unreadable(path: path) }
        defer { fclose(file) }
        // A chain of a dozen certificates is a tenth of it.
        let bytes = [UInt8](unsafeUninitializedCapacity: 1 << 18) { buffer, count in
            count = fread(buffer.baseAddress, 1, buffer.count, file)
        }
        guard !bytes.isEmpty else { throw .unreadable(path: path) }
        return bytes
    }
}
