import Glibc

/// The one folder that holds everything Herald keeps on a machine: `./var`, or what `--home` or
/// `HERALD_HOME` say.
package struct HeraldHome: Sendable, Hashable {
    /// Absolute, with symbolic links resolved as far as the folder exists.
    package let path: String

    /// `--home` goes before `HERALD_HOME`, that before `./var`.
    package init(option: String? = nil, environment: [String: String]) {
        let chosen = [option, environment["HERALD_HOME"]].compactMap { $0 }.first { !$0.isEmpty } ?? "var"
        self.init(path: chosen)
    }

    package init(path: String) { self.path = SmallFile.canonical(path) }

    /// Where the embedded cluster lives unless the folder can't hold it.
    var clusterFolder: String { path + "/postgres" }
    /// Names the cluster's folder when it had to go elsewhere.
    var clusterPointer: String { path + "/postgres.location" }
    var secretsFolder: String { path + "/secrets" }
    package var masterKeyFile: String { secretsFolder + "/master.key" }

    /// Whether a cluster was set up from this folder before, here or elsewhere.
    package var hasCluster: Bool {
        SmallFile.kind(of: clusterPointer) != nil || SmallFile.kind(of: clusterFolder + "/data") != nil
    }

    /// Makes the folder where it is missing. Open to be walked through, as the server processes of a Herald
    /// that runs as root belong to another user; what is secret has closed folders of its own.
    func create() throws(ClusterError) { try SmallFile.makeFolders(path) }
}
