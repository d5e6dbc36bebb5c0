"""Holds a campaign's ledger against the providers' own logs.

I1  each accepted recipient is in exactly one final state
I2  for each message: sent <= taken by the providers <= sent + in doubt; the costs are those of what was sent
I3  a message that was taken twice has a recorded doubt; for marketing, and where the provider honours
    idempotency keys, none is taken twice
I4  what was acknowledged is there, whole
"""

import csv
from collections import Counter, defaultdict


class Books:
    """What one campaign's check found; `faults` is empty where everything holds."""

    def __init__(self, home, campaign, recipients, category, sandboxes, refused=("rejected",)):
        self.faults = []
        self.home = home
        self.recipients = recipients
        self.category = category
        path = home.folder / f"results-{campaign}.csv"
        home.run("campaign", "results", str(campaign), "--attempts", "--out", str(path))
        with open(path, newline="", encoding="utf-8") as file:
            self.rows = list(csv.DictReader(file))
        path.unlink()
        self.final = [row for row in self.rows if row["final"] == "yes"]
        self.states = Counter(row["state"] for row in self.final)
        self.taken = defaultdict(list)
        self.keyed = defaultdict(int)
        self.prices = {sandbox.name: sandbox.price_micros for sandbox in sandboxes}
        for sandbox in sandboxes:
            for message, calls in sandbox.taken(campaign).items():
                self.taken[message] += calls
                if sandbox.idempotent:
                    self.keyed[message] = max(self.keyed[message], len(calls))
        self.sent = Counter(int(row["message"]) for row in self.rows if row["state"] == "sent")
        settled = {(row["message"], row["attempt"]) for row in self.rows if row["state"] in ("sent", "failed")}
        doubts = [row for row in self.rows if row["state"] == "unknown"]
        self.on_record = {int(row["message"]) for row in doubts}
        # What was learnt later about an attempt settles the doubt about it.
        self.doubted = Counter(int(row["message"]) for row in doubts if (row["message"], row["attempt"]) not in settled)
        self._campaign(campaign)
        self._finals(refused)
        self._provider()
        self._twice()

    @property
    def repeated(self):
        return sum(len(calls) - 1 for calls in self.taken.values())

    @property
    def summary(self):
        states = ", ".join(f"{count} {state}" for state, count in sorted(self.states.items()))
        repeated = f", {self.repeated} sent again" if self.repeated else ""
        return f"{states}{repeated}"

    def _expect(self, condition, text):
        if not condition:
            self.faults.append(text)

    def _campaign(self, campaign):
        shown = self.home.json("campaign", "show", str(campaign))
        self._expect(shown["accepted"] == len(self.recipients.good), f"I4: {shown['accepted']} of {len(self.recipients.good)} accepted")
        self._expect(shown["duplicates"] == self.recipients.duplicates, f"I4: {shown['duplicates']} duplicates")
        self._expect(shown["rejected"] == self.recipients.rejected, f"I4: {shown['rejected']} rejected")
        for state, count in self.states.items():
            self._expect(shown["states"].get(state, 0) == count, f"I1: the reports say {shown['states'].get(state, 0)} {state}, the ledger {count}")

    def _finals(self, refused):
        messages = Counter(row["message"] for row in self.final)
        twice = sum(1 for count in messages.values() if count > 1)
        self._expect(not twice, f"I1: {twice} messages with several final states")
        people = Counter(row["recipient"].lstrip("'") for row in self.final)
        self._expect(set(people) == self.recipients.good, f"I1: {len(self.recipients.good - set(people))} recipients without a final state, {len(set(people) - self.recipients.good)} that nobody asked for")
        self._expect(max(people.values(), default=0) <= 1, "I1: a recipient with two messages")
        out = {row["recipient"].lstrip("'") for row in self.final if row["state"] == "rejected"}
        expected = self.recipients.opted_out if self.category == "marketing" else set()
        self._expect(out <= expected, f"I1: {len(out - expected)} recipients wrongly spared")
        for row in self.final:
            if row["state"] == "rejected" and row["reason"] not in ("opted_out",):
                self.faults.append(f"I1: rejected for {row['reason']}")
                break

    def _provider(self):
        by_message = {int(row["message"]): row["recipient"].lstrip("'") for row in self.rows}
        lost = invented = strangers = wrong = 0
        for message in set(by_message) | set(self.taken):
            calls, sent = self.taken.get(message, []), self.sent[message]
            lost += sent > len(calls)
            invented += len(calls) > sent + self.doubted[message]
            strangers += any(call["to"] != by_message.get(message) for call in calls)
        references = {call["reference"] for calls in self.taken.values() for call in calls}
        for row in self.rows:
            wrong += row["state"] == "sent" and row["reference"] not in references
        self._expect(not lost, f"I2: {lost} messages recorded as sent that no provider took")
        self._expect(not invented, f"I2: {invented} messages taken more often than sent and doubted")
        self._expect(not strangers, f"I2: {strangers} messages that went to somebody else")
        self._expect(not wrong, f"I2: {wrong} references that no provider gave")
        if self.category == "marketing":
            spared = {call["to"] for calls in self.taken.values() for call in calls} & self.recipients.opted_out
            self._expect(not spared, f"I2: {len(spared)} sent to although they had opted out")
        cost = sum(round(float(row["cost"]) * 1_000_000) for row in self.rows)
        expected = sum(
            self.prices[row["provider"]] * int(row["segments"]) for row in self.rows if row["state"] == "sent")
        self._expect(cost == expected, f"I2: the ledger's cost is {cost}, the provider's {expected}")

    def _twice(self):
        for message, calls in self.taken.items():
            if len(calls) < 2:
                continue
            if self.category == "marketing":
                self.faults.append(f"I3: marketing message {message} taken {len(calls)} times")
            elif message not in self.on_record:
                self.faults.append(f"I3: message {message} taken {len(calls)} times without a doubt on record")
        keyed = sum(1 for count in self.keyed.values() if count > 1)
        self._expect(not keyed, f"I3: {keyed} messages sent twice by a provider that honours keys")
        del self.faults[20:]


def verify(home):
    """`ledger verify`, as a list of what differs."""
    proof = home.json("ledger", "verify", "--messages", codes=(0, 1))
    return [] if proof["sound"] else proof["differences"] + proof["unbalanced"] or ["ledger verify says no"]


def orphans(home):
    """Stored recipients of uploads that never became campaigns."""
    count = home.database.number(
        "SELECT count(*) FROM shard_body b WHERE NOT EXISTS (SELECT FROM campaign c WHERE c.id = b.campaign)")
    return [f"{count} stored shards belong to no campaign"] if count else []
