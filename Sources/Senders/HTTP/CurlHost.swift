/// The places that a curl loop has for one host and port, whichever providers talk to it.
final class CurlHost {
    private let places: Int
    private var taken = 0

    init(places: Int) { self.places = places }

    var hasPlace: Bool { taken < places }

    func take() { taken += 1 }
    func giveBack() { taken -= 1 }
}
