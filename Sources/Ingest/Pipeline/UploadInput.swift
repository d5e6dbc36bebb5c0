/// Where an upload comes from.
package enum UploadInput: Sendable {
    case file(path: String)
    /// A pipe, a socket or standard input; it stays open.
    case descriptor(Int32)
    case bytes([UInt8])
    /// What a task writes as it arrives.
    case pipe(BytePipe)

    func open(_ cancellation: CancellationFlag) throws(IngestError) -> any ByteSource {
        switch self {
        case .file(let path): try DescriptorSource(path: path, cancellation: cancellation)
        case .descriptor(let number): DescriptorSource(descriptor: number, owns: false, cancellation: cancellation)
        case .bytes(let bytes): MemorySource(bytes)
        case .pipe(let pipe): PipeSource(pipe, cancellation: cancellation)
        }
    }
}
