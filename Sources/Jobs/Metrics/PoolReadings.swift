import Metrics

/// How busy a pool of database connections is.
package enum PoolReadings {
    package typealias Usage = @Sendable () -> (inUse: Int, waiting: Int, size: Int)

    package static func register(in registry: MetricsRegistry, pools: [(name: String, usage: Usage)]) {
        registry.read("herald_database_connections_in_use", "Connections that somebody holds.", labels: ["pool"]) {
            pools.map { .init([$0.name], Double($0.usage().inUse)) }
        }
        registry.read("herald_database_connections_waited_for", "Those who wait for one.", labels: ["pool"]) {
            pools.map { .init([$0.name], Double($0.usage().waiting)) }
        }
        registry.read("herald_database_connections_size", "Connections that there may be.", labels: ["pool"]) {
            pools.map { .init([$0.name], Double($0.usage().size)) }
        }
    }
}
