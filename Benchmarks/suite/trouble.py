"""Providers in trouble: how soon traffic goes around one that hangs, and what one costs that takes hardly anything."""
import json
import re
import statistics
import time
import urllib.request

from . import processes

MESSAGE = {"attempt": "{{attempt}}", "id": "{{id}}", "text": "{{text}}", "to": "{{to}}"}


class Far:
    """A sandbox server and the account that leads to it."""

    def __init__(self, herald, name, *words):
        self.process, line = herald.start("sandbox", "--port", "0", "--no-log", *words, until="answers at")
        self.url = re.search(r"http://\S+/send", line)[0]
        self.name = name
        herald.provider(name, "http", {
            "url": self.url, "internal": "true", "concurrency": 16, "reference": "reference", "json": json.dumps(MESSAGE)})

    def ask(self, path, body=None):
        with urllib.request.urlopen(self.url.replace("/send", path), body, timeout=processes.LIMIT) as answer:
            return json.load(answer)

    def calls(self):
        return self.ask("/log/count")["calls"]

    def hang(self):
        self.ask("/control", json.dumps({"mode": "hang", "count": 1_000_000_000}).encode())


def sick(suite):
    """A first provider begins to hang amid traffic: until messages go through the second one."""
    hangs, outs = [], []
    for turn in range(suite.repeats):
        hangs.append(around(suite, f"sick-{turn}", lambda first: first.hang()))
        outs.append(around(suite, f"out-{turn}", lambda first: suite.herald.run("provider", "out", first.name)))
    value, limit = statistics.median(hangs), statistics.median(outs)
    suite.note(f"sick: {', '.join(f'{seconds:.2f}' for seconds in hangs)} s")
    suite.results.add(
        "sick", "first provider hangs: traffic through the second", value, "s", value / limit,
        f"the first taken out by hand, {limit:.2f} s", seconds=hangs, seconds_by_hand=outs)


def around(suite, name, strike):
    """Seconds from a blow to the first provider until the second one has a message."""
    herald = suite.herald
    first, second = Far(herald, f"{name}-first"), Far(herald, f"{name}-second")
    herald.tenant(name, f"{first.name},{second.name}")
    outcome, _ = herald.json(
        "campaign", "send", suite.campaign(100_000), "--tenant", name, "--template", "top-up", "--again", statuses=(0, 3))
    wait(lambda: first.calls() > 5_000, "traffic through the first provider")
    struck = time.monotonic()
    strike(first)
    wait(lambda: second.calls() > 0, "traffic through the second provider")
    seconds = time.monotonic() - struck
    herald.run("campaign", "cancel", str(outcome["campaign"]), statuses=(0, 1))
    herald.stop(first.process)
    wait(lambda: herald.sql(f"SELECT state FROM campaign WHERE id = {outcome['campaign']}") == ["cancelled"], "the end")
    herald.stop(second.process)
    return seconds


def wait(condition, what):
    end = time.monotonic() + processes.LIMIT
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"{what} did not come within {processes.LIMIT} s")
        time.sleep(0.005)


def slow(suite):
    """A provider that takes a hundredth of what is offered: what waits must not wait in memory."""
    suite.restart()
    herald, seconds = suite.herald, 60 if suite.options.quick else 600
    far = Far(herald, "slow-far", "--rate", "100")
    herald.tenant("slow-far", far.name)
    rows, steps = 100 * 100 * seconds // 10, 10
    path = suite.campaign(rows)
    begun, campaigns = time.monotonic(), []
    with processes.Series(suite.up.pid) as series:
        for step in range(steps):
            outcome, _ = herald.json(
                "campaign", "send", path, "--tenant", "slow-far", "--template", "top-up", "--again", statuses=(0, 3))
            campaigns.append(outcome["campaign"])
            time.sleep(max(0, begun + seconds * (step + 1) / steps - time.monotonic()))
    taken = far.ask("/log/count")["taken"]
    early, late = series.most(0.1, 0.3), series.most(0.8, 1)
    suite.note(f"slow: {rows * steps:,} offered, {taken:,} taken in {seconds} s")
    for campaign in campaigns:
        herald.run("campaign", "cancel", str(campaign), statuses=(0, 1))
    herald.stop(far.process)
    wait(lambda: herald.sql("SELECT count(*) FROM campaign WHERE state = 'cancelling'") == ["0"], "the cancelling")
    suite.results.add(
        "slow", f"peak memory, {seconds} s with a provider at 1% of the rate", series.most(0, 1), "MB", late / early,
        f"at the end {late:.0f} MB, early {early:.0f} MB", offered=rows * steps, taken=taken)
