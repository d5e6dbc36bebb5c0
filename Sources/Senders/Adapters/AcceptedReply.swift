import Domain

extension VendorCodes {
    /// A success, with the vendor's reference. Without one, or with one that is none of this world, it is no success
    /// that can be relied on.
    func accepted(_ reference: String?, status: Int) -> Outcome {
        guard let reference, !reference.isEmpty, reference.utf8.count <= ReplyRules.maxReference,
            reference.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { return unclear(status) }
        return .sent(reference: reference, cost: nil)
    }

    /// A reply that says neither that the message was taken nor that it was not.
    func unclear(_ status: Int) -> Outcome {
        .inDoubt(reason: ProviderReason.text(ProviderReason.unclearReply, vendor, status))
    }
}
