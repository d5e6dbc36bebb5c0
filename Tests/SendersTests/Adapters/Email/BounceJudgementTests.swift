import Testing

@testable import Senders

@Suite struct BounceJudgementTests {
    /// What receiving servers really say, and what a vendor makes of it.
    @Test(arguments: [
        (true, "", "550 5.1.1 The email account that you tried to reach does not exist", ReceiptState.bouncedHard),
        (true, "5.1.10", "Recipient not found", .bouncedHard),
        (false, "", "smtp;550 5.4.310 DNS domain nosuch.example does not exist", .bouncedHard),
        (false, "", "Host or domain name not found. Name service error: type=MX: Domain does not exist", .bouncedHard),
        (true, "", "550-5.7.1 Our system has detected an unusual rate of unsolicited mail", .bouncedSoft),
        (true, "", "554 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", .bouncedSoft),
        (true, "", "452 4.2.2 The email account that you tried to reach is over quota", .bouncedSoft),
        (true, "5.2.2", "mailbox full", .bouncedSoft),
        (true, "", "550 no such user here", .bouncedHard),
        (false, "", "421 try later", .bouncedSoft),
        (false, "", "", .bouncedSoft),
        (true, "5.10.1", "", .bouncedHard),
    ])
    func bouncesAreJudgedByWhatTheServerSaid(_ isHard: Bool, _ status: String, _ words: String, _ state: ReceiptState) {
        #expect(BounceJudgement.state(isHard: isHard, status: status, words: words) == state)
    }

    @Test func anEnhancedCodeIsFoundInWords() {
        #expect(BounceJudgement.enhancedCode("smtp; 550-5.1.1 no") == "5.1.1")
        #expect(BounceJudgement.enhancedCode("from 192.0.2.1 5.x.1 5.1.1.1 4.7.28") == "4.7.28")
        #expect(BounceJudgement.enhancedCode("") == "")
    }
}
