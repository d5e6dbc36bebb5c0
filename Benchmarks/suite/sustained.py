"""Ten minutes at 10,000 recipients a second, one of them at 50,000, and one-time passwords beside them."""
import json
import os
import subprocess
import sys
import time

from . import processes
from .gateway import Paced

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# After it a message is not sent any more.
EXPIRES_IN = 120


def sustained(suite):
    gateway = suite.gateway()
    (tenant, key), (_, flood) = gateway.party(), gateway.party()
    paced = Paced(gateway, tenant, key)
    share = 10 if suite.options.quick else 1
    plan = [(270 / share, 10), (60 / share, 50), (270 / share, 10)]
    seconds = sum(part[0] for part in plan)
    log = os.path.join(suite.herald.folder, "flood.log")
    process = subprocess.Popen(
        [sys.executable, os.path.join(ROOT, "Benchmarks", "pacer", "flood.py"), "--key", flood, "--url", f"{gateway.url}/v1/messages",
         "--plan", ",".join(f"{length}:{rate}" for length, rate in plan), "--expires-in", str(EXPIRES_IN), "--log", log],
        stdout=subprocess.PIPE, text=True)
    suite.herald.started.append(process)
    with processes.Series(suite.up.pid) as series:
        beside = paced.run(seconds)
        said = json.loads(process.communicate(timeout=processes.LIMIT)[0])
        suite.herald.started.remove(process)
        ends = settle(suite, log)
    suite.herald.stop(paced.process)
    suite.note(f"sustained: {said}")
    suite.note(f"sustained: one-time passwords to the provider {beside['call_ms']}")
    suite.note(f"sustained: {ends}")
    if ends["accepted"] != ends["sent"] + ends["expired"]:
        raise RuntimeError(f"of {ends['accepted']} that were taken, {ends['sent']} were sent and {ends['expired']} expired")
    suite.results.add(
        "sustained", f"200 OTP/s beside {ends['accepted']:,} messages in {seconds:.0f} s, to the provider, p99",
        beside["call_ms"]["p99"], "ms", beside["call_ms"]["p99"] / beside["call_ms"]["p50"],
        f"the median, {beside['call_ms']['p50']} ms", **beside)
    suite.results.add(
        "sustained-start", "the messages themselves, asked for until booked as sent, the slowest", ends["slowest"], "s",
        ends["p99"], "p99 in s", flood=said, **ends)
    suite.results.add(
        "sustained-expiry", f"handed over before they expired ({EXPIRES_IN} s)", ends["sent"] / ends["accepted"] * 100, "%",
        ends["accepted"] / (said["requests"] * 1_000), "taken, of those offered")
    early = series.most(0, 0.45)
    late = series.most(0.8, 1)
    suite.results.add(
        "sustained-memory", f"what Herald's memory grew by, from {early:.0f} MB in the first part", late - early, "MB",
        series.most(0, 1) / early, "the highest to the first part's", megabytes=[round(value) for value in series.megabytes[::20]])


def settle(suite, log):
    """Waits until all that was taken has ended, and looks up in the ledger when."""
    deadline = time.monotonic() + EXPIRES_IN + 60
    waiting = ("SELECT count(*) FROM shard s JOIN campaign c ON c.id = s.campaign "
               "WHERE c.stream AND c.category = 2 AND s.state <> 'done'")
    while suite.herald.sql(waiting) != ["0"]:
        if time.monotonic() > deadline:
            raise RuntimeError("messages wait on after they expired")
        time.sleep(1)
    found = suite.herald.sql(f"""
CREATE TEMP TABLE asked (asked float8, shard bigint, taken int);
\\copy asked FROM '{log}' (DELIMITER ' ')
SET work_mem = '256MB';
CREATE TEMP TABLE ended AS
  SELECT l.state, extract(epoch FROM l.at) - a.asked AS after FROM ledger l JOIN asked a ON l.message >> 11 = a.shard WHERE l.final;
SELECT (SELECT sum(taken) FROM asked), count(*) FILTER (WHERE state = 6), count(*) FILTER (WHERE state = 2),
       max(after) FILTER (WHERE state = 6), percentile_cont(0.99) WITHIN GROUP (ORDER BY after) FROM ended;""")
    accepted, sent, expired, slowest, p99 = found[-1].split("|")
    return {"accepted": int(accepted), "sent": int(sent), "expired": int(expired), "slowest": float(slowest), "p99": float(p99)}
