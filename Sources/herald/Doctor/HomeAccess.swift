import Foundation
import Storage

/// Whether this user may read what is Herald's: what can't be read must not look as if it were not there.
enum HomeAccess {
    /// What keeps this user out and who is not; nil where nothing does.
    static func obstacle(_ home: HeraldHome) -> String? {
        for path in [home.path, home.masterKeyFile] where access(path, R_OK) != 0 && errno == EACCES {
            return
                "\(path) can't be read by this user (\(NSUserName())). It belongs to \(owner(of: path)): run this as that user, or as root with sudo"
        }
        return nil
    }

    /// Of the file, or of the folder above it that can be looked at.
    static func owner(of path: String) -> String {
        var place = path
        var info = stat()
        while stat(place, &info) != 0, place != "/" { place = (place as NSString).deletingLastPathComponent }
        return getpwuid(info.st_uid).map { String(cString: $0.pointee.pw_name) } ?? "user number \(info.st_uid)"
    }
}
