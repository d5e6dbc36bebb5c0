"""What tests of the gateway have in common: where it answers, when its streams are at rest, what became of their messages."""

import re
import ssl
from collections import Counter

from . import processes

# A gateway that is tried out signs its certificate itself.
TRUSTING = ssl._create_unverified_context()


def port_of(process, log, patience=300, command="serve"):
    """Where a gateway that was just started answers, from what it wrote down."""

    def address():
        if process.poll() is not None:
            raise RuntimeError(f"herald {command} ended: {log.read_text()}")
        return re.search(r"https://[^ /]+:(\d+)", log.read_text())

    return int(processes.wait_for(address, patience, f"herald {command}")[1])


def settle(home, patience=600):
    """Until nothing is under way any more."""
    processes.wait_for(
        lambda: home.database.number(
            "SELECT count(*) FROM shard s JOIN campaign c ON c.id = s.campaign WHERE c.stream AND s.state <> 'done'") == 0,
        patience, "the streams to come to rest")


class Outcome:
    """What the ledger and the provider say of all messages of streams: how often each ended, is in doubt, was sent."""

    def __init__(self, home, sandbox, accepted):
        rows = home.database.rows(
            "SELECT message, state, final, was FROM ledger WHERE campaign IN (SELECT id FROM campaign WHERE stream)")
        self.final = Counter(int(row[0]) for row in rows if row[2] == "t" and row[3] == "0")
        self.doubted = {int(row[0]) for row in rows if row[1] == "4"}
        self.taken = Counter()
        for campaign in {message >> 35 for message in self.final} | {message >> 35 for message in accepted}:
            for message, calls in sandbox.taken(campaign).items():
                self.taken[message] += len(calls)
