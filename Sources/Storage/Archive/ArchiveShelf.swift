import Synchronization

/// Archives that stay open while somebody asks for more than one thing: an export opens each file once, however many of its
/// messages lie there. More than some dozens are never open at a time; who waited longest makes room.
package final class ArchiveShelf: Sendable {
    private struct State {
        var files: [ArchiveEntry: (file: ArchiveFile, used: Int)] = [:]
        var uses = 0
        var opened = 0
    }

    private let state = Mutex(State())
    private static let mostOpen = 64

    /// How often a file was opened.
    package var opened: Int { state.withLock { $0.opened } }

    func file(
        _ entry: ArchiveEntry, opening open: () throws(ArchiveFault) -> ArchiveFile
    ) throws(ArchiveFault) -> ArchiveFile {
        try state.withLock { state throws(ArchiveFault) in
            state.uses += 1
            if let known = state.files[entry] {
                state.files[entry]?.used = state.uses
                return known.file
            }
            let file = try open()
            state.opened += 1
            if state.files.count >= Self.mostOpen, let last = state.files.min(by: { $0.value.used < $1.value.used }) {
                state.files[last.key] = nil
            }
            state.files[entry] = (file, state.uses)
            return file
        }
    }
}
