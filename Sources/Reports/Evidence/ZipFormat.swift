/// The numbers of the ZIP format (PKWARE APPNOTE 6.3) that its writer and its reader share.
enum ZipFormat {
    static let localHeader: UInt32 = 0x0403_4B50
    static let descriptor: UInt32 = 0x0807_4B50
    static let centralHeader: UInt32 = 0x0201_4B50
    static let end: UInt32 = 0x0605_4B50
    static let end64: UInt32 = 0x0606_4B50
    static let locator64: UInt32 = 0x0706_4B50

    /// The sizes follow the data; names are UTF-8.
    static let flags: UInt16 = 0x0808
    static let deflate: UInt16 = 8
    /// 1 January 1980, midnight: the time never tells two files apart.
    static let date: UInt16 = 0x0021
    static let large: UInt64 = 0xFFFF_FFFF
    /// What may come to 4 GB once it is packed gets the long form.
    static let longForm: UInt64 = 0xF000_0000
    static let extra64: UInt16 = 1
}

extension [UInt8] {
    mutating func little<T: FixedWidthInteger>(_ value: T) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    /// Nil where it ends before.
    func little<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type, at place: Int) -> T? {
        guard place >= 0, place + MemoryLayout<T>.size <= count else { return nil }
        return withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: T.self)) }
    }
}
