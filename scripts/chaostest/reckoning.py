"""After the storm: each campaign's books, and what holds over all of them."""

from collections import Counter
from datetime import datetime

from killtest.books import Books, orphans, verify

# As they stand in the ledger, in the order in which a message may go through them; the others never change.
RANKS = {4: 0, 6: 1, 5: 2, 7: 3, 8: 4, 9: 5, 10: 6}
WORDS = {1: "rejected", 2: "expired", 3: "cancelled", 4: "unknown", 5: "failed", 6: "sent", 7: "undelivered",
         8: "delivered", 9: "bounced", 10: "complained"}
CODES = {word: code for code, word in WORDS.items()}
# Between the last look at a message's time and the provider's log, on a machine that has other things to do.
SLOWNESS = 30
SHOWN = 30


class Reckoning:
    def __init__(self, scene, receipts):
        self.scene = scene
        self.told = receipts.told
        self.faults = []
        self.states = Counter()
        self.repeated = 0

    def run(self):
        sandboxes = list(self.scene.sandboxes.values())
        for campaign in self.scene.campaigns:
            books = Books(self.scene.home, campaign.number, campaign.recipients, campaign.category, sandboxes)
            self.states += books.states
            self.repeated += books.repeated
            ends = {int(row["message"]): CODES[row["state"]] for row in books.final}
            found = books.faults + self._backwards(campaign, ends) + self._receipts(books, ends)
            found += self._too_late(campaign, books)
            name = f"campaign {campaign.number} ({campaign.category} of {campaign.tenant})"
            self.faults += [f"{name}: {fault}" for fault in found]
        known = {campaign.number for campaign in self.scene.campaigns}
        strays = set().union(*(sandbox.campaigns() for sandbox in sandboxes)) - known
        if strays:
            self.faults.append(f"I2: the providers took messages of campaigns that nobody knows: {sorted(strays)}")
        self.faults += [f"ledger verify: {difference}" for difference in verify(self.scene.home)]
        self.faults += [f"I4: {orphan}" for orphan in orphans(self.scene.home)]
        if len(self.faults) > SHOWN:
            self.faults = self.faults[:SHOWN] + [f"and {len(self.faults) - SHOWN} more"]

    @property
    def summary(self):
        states = ", ".join(f"{count} {state}" for state, count in sorted(self.states.items()))
        answers = sum((sandbox.answers for sandbox in self.scene.sandboxes.values()), Counter())
        answered = ", ".join(f"{count} {word}" for word, count in sorted(answers.items()))
        return (f"{sum(self.states.values())} messages: {states}; {self.repeated} taken again, each with its doubt on record"
                f"\n{sum(answers.values())} calls: {answered}")

    @staticmethod
    def _backwards(campaign, ends):
        """I5: no state that was seen on the way is ahead of the last one."""
        def went_back(before, after):
            if before not in RANKS or after not in RANKS:
                return before != after
            return RANKS[after] < RANKS[before]

        back = [(before, ends.get(message)) for message, before in campaign.seen.items()
                if message not in ends or went_back(before, ends[message])]
        if not back:
            return []
        before, after = back[0]
        return [f"I5: {len(back)} messages went back, one from {WORDS[before]} to {WORDS.get(after, 'nothing')}"]

    def _receipts(self, books, ends):
        """Who was delivered to, as the provider told, stands so in the books; nobody else does."""
        wrong = Counter()
        for message, state in ends.items():
            told = self.told.get(message)
            if told and "delivered" in told and WORDS[state] != "delivered":
                wrong[f"told to be delivered and {WORDS[state]}"] += 1
            if told is None and WORDS[state] in ("delivered", "undelivered"):
                wrong[f"{WORDS[state]} without a receipt"] += 1
        return [f"I5: {count} messages {what}" for what, count in wrong.items()]

    def _too_late(self, campaign, books):
        """I6: nothing is sent after its time."""
        if not campaign.expiry:
            return []
        rows = self.scene.home.database.rows(
            f"SELECT extract(epoch FROM due_at) + {campaign.expiry} FROM campaign WHERE id = {campaign.number}")
        end = float(rows[0][0]) + SLOWNESS
        late = [call for calls in books.taken.values() for call in calls
                if datetime.fromisoformat(call["at"]).timestamp() > end]
        return [f"I6: {len(late)} messages were sent more than {SLOWNESS} s after their time"] if late else []
