import Domain

/// The countries that addresses lead to. Neighbouring rows mostly share one, so adding is mostly a comparison.
struct RegionSet {
    private(set) var regions: Set<Region> = []
    private var last: Region?

    mutating func add(_ region: Region) {
        if region == last { return }
        last = region
        regions.insert(region)
    }
}
