extension HTTPResponse {
    private static let smallest = 1 << 10
    private static let kinds = ["text/", "application/json", "application/problem+json", "application/x-ndjson"]

    /// Packed, where it is text of some length and the client takes it.
    func packed(for headers: HTTPHeaders) -> HTTPResponse {
        guard case .bytes(let bytes) = body, bytes.count > Self.smallest, bytes.count < Int(UInt32.max),
            !self.headers.contains(where: { $0.name == "Content-Encoding" }),
            let type = self.headers.first(where: { $0.name == "Content-Type" })?.value,
            Self.kinds.contains(where: { type.hasPrefix($0) })
        else { return self }
        var response = self
        response.headers.append(("Vary", "Accept-Encoding"))
        guard headers.acceptsGzip, let packed = Deflater.pack(bytes) else { return response }
        response.body = .bytes(packed)
        response.headers.append(("Content-Encoding", "gzip"))
        return response
    }
}

extension HTTPHeaders {
    /// Whether `Accept-Encoding` names gzip and doesn't weigh it with nothing.
    var acceptsGzip: Bool {
        guard let accepted = self["accept-encoding"] else { return false }
        for coding in accepted.lowercased().split(separator: ",") {
            guard let parameters = HeaderParameters(coding), parameters.value == "gzip" || parameters.value == "*"
            else {
                continue
            }
            return parameters["q"].map { Double($0) ?? 0 > 0 } ?? true
        }
        return false
    }
}
