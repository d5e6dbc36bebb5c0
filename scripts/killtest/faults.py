"""The provider's faults: it hangs, drips, answers nonsense, cuts its answer off. One worker lives through them all."""

import threading
import time
from datetime import datetime

from . import processes
from .books import verify
from .recipients import Recipients
from .trials import Result, check

# By magic recipients: 955590NN, which is valid in all of these countries.
MAGIC = [
    "bounce", "temporary-once", "throttled-once", "timeout", "temporary", "throttled", "hang", "drip", "error",
    "garbage", "truncated", "reset", "late", "redirect", "oversize",
]
COUNTRIES = ["+65", "+4477", "+9191"]
# Set by /control for some calls each, whoever they are for.
MODES = ["hang", "drip", "error", "throttled", "garbage", "truncated", "reset", "late", "timeout"]
# What refuses for ever ends with the campaign's time.
EXPIRY = 8
WAYS = [("plain", "marketing"), ("plain", "transactional"), ("keyed", "transactional"), ("pair", "marketing"),
        ("pair", "transactional")]


def run(bench):
    """A result for each way through the providers, and one for what the worker has kept of it all."""
    home = bench.home
    worker = home.work()
    try:
        _campaigns(bench, WAYS[:2], misbehave=False)
        before = _measure(home, worker)
        results = [_schedule(bench)]
        results += _campaigns(bench, WAYS, misbehave=True)
        results.append(_kept(home, worker, before))
        return results
    finally:
        processes.end(worker)


def _campaigns(bench, ways, misbehave):
    """All at once: they mostly wait."""
    began = time.monotonic()
    sent = []
    for tenant, category in ways:
        magic = [(f"{country}955590{number:02}", word)
                 for country in COUNTRIES for number, word in enumerate(MAGIC, 1)] if misbehave else []
        recipients = Recipients(bench.draw.random(), 1500, magic)
        bench.opt_out(tenant, recipients)
        options = ["--expires", f"{EXPIRY}s", "--again"]
        sent.append((tenant, category, recipients, bench.send(tenant, category, recipients, *options)))
    done = threading.Event()
    trouble = threading.Thread(target=_trouble, args=(bench, done))
    if misbehave:
        trouble.start()
    results = []
    try:
        for tenant, category, recipients, campaign in sent:
            result = Result(f"the provider's faults, {category} to {tenant}")
            try:
                bench.finish(campaign)
                check(bench, result, tenant, campaign, recipients, category)
            except TimeoutError as error:
                result.faults.append(str(error))
            result.seconds = time.monotonic() - began
            results.append(result)
    finally:
        done.set()
        if misbehave:
            trouble.join()
            for sandbox in bench.sandboxes.values():
                sandbox.behave()
    return results


def _schedule(bench):
    """A campaign with a time starts at it, and within a second."""
    began = time.monotonic()
    result = Result("a scheduled campaign")
    recipients = Recipients(bench.draw.random(), 200)
    bench.opt_out("plain", recipients)
    campaign = bench.send("plain", "marketing", recipients, "--at", "+2s")
    bench.finish(campaign)
    due = float(bench.home.database.rows(f"SELECT extract(epoch FROM due_at) FROM campaign WHERE id = {campaign}")[0][0])
    late = datetime.fromisoformat(bench.sandboxes["telco"].first(campaign)).timestamp() - due
    check(bench, result, "plain", campaign, recipients, "marketing")
    result.text = f"{late * 1000:.0f} ms after its time, {result.text}"
    # The log has milliseconds only.
    if late < -0.001 or bench.judges_times and late > 1:
        result.faults.append(f"it started {late:.3f} s after its time")
    result.seconds = time.monotonic() - began
    return result


def _trouble(bench, done):
    """One mode after the other, now here, now there."""
    while not done.is_set():
        for mode in MODES:
            for sandbox in bench.sandboxes.values():
                sandbox.control(mode=mode, count=bench.draw.randint(1, 12))
            if done.wait(0.25):
                return


def _measure(home, worker):
    """Once it has come to rest."""
    time.sleep(0.5)
    return {
        "descriptors": processes.descriptors(worker.pid), "threads": processes.threads(worker.pid),
        "megabytes": processes.memory(worker.pid),
        "connections": home.database.number("SELECT count(*) FROM pg_stat_activity WHERE datname = 'herald'"),
    }


def _kept(home, worker, before):
    """I7: after all of it the worker holds what it held before."""
    began = time.monotonic()
    result = Result("what the worker keeps of it")
    # Connections to a provider stay open for the next message: no more than were open at once.
    slack = {"descriptors": 64, "threads": 2, "megabytes": 48, "connections": 4}
    # What is on its way out may take its time.
    while True:
        after = _measure(home, worker)
        kept = [what for what, count in after.items() if count > before[what] + slack[what]]
        if not kept or time.monotonic() > began + 60:
            break
    result.faults += [f"I7: {after[what]:.0f} {what}, {before[what]:.0f} before" for what in kept]
    result.faults += [f"ledger verify: {difference}" for difference in verify(home)]
    result.text = ", ".join(f"{after[what]:.0f} {what} ({before[what]:.0f} before)" for what in after)
    result.seconds = time.monotonic() - began
    return result
