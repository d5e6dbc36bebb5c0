"""The kills: each sets a campaign going, ends something with SIGKILL, lets a new worker take over, and checks."""

import fcntl
import os
import random
import signal
import struct
import subprocess
import termios
import time

from . import processes
from .books import Books, orphans
from .home import Failure
from .recipients import Recipients

# What takes longer is a hang, on a busy machine, too.
PATIENCE = 300
TAKEOVER_LIMIT = 10


class Result:
    def __init__(self, name):
        self.name = name
        self.faults = []
        self.takeover = None
        self.text = ""


class Bench:
    """What the trials share: the Herald, its sandboxes, and the tenants that go through them."""

    def __init__(self, home, sandboxes, seed, judges_times):
        self.home = home
        self.sandboxes = sandboxes
        self.judges_times = judges_times
        self.draw = random.Random(seed)

    def recipients(self, count):
        return Recipients(self.draw.random(), count)

    def opt_out(self, tenant, recipients):
        self.home.run(
            "optout", "import", "-", "--tenant", tenant, "--channel", "sms",
            text="phone\n" + "\n".join(sorted(recipients.opted_out)) + "\n")

    def send(self, tenant, category, recipients, *options):
        """Uploads a campaign; its number is the acknowledgement."""
        sent = self.home.json(
            "campaign", "send", "-", "--tenant", tenant, "--template", "hello", "--category", category, *options,
            codes=(0, 3), text=recipients.text)
        return sent["campaign"]

    def of(self, tenant):
        return [self.sandboxes[name] for name in TENANTS[tenant]]

    def calls(self, campaign):
        return sum(sandbox.count(campaign) for sandbox in self.sandboxes.values())

    def finish(self, campaign):
        processes.wait_for(lambda: self.home.is_over(campaign), PATIENCE, f"the end of campaign {campaign}")


# A tenant for each way to the providers: without idempotency keys, with them, and both one after the other.
TENANTS = {"plain": ["telco"], "keyed": ["keyed-telco"], "pair": ["telco", "keyed-telco"]}

POINTS = {
    "before the claim": "before-claim",
    "after the claim": "after-claim",
    "in the middle of a request": "mid-request",
    "after the send, before the reply": None,
    "after the reply, before the commit": "after-reply",
    "after the commit": "after-commit",
}


def takeover(bench, result, held, since):
    """How long the shards of a dead worker stood still."""
    processes.wait_for(lambda: bench.home.moved_on(held), PATIENCE, "the takeover")
    result.takeover = time.monotonic() - since if held else None


def check(bench, result, tenant, campaign, recipients, category):
    books = Books(bench.home, campaign, recipients, category, bench.of(tenant))
    result.faults += books.faults
    result.text = books.summary
    if bench.judges_times and result.takeover and result.takeover > TAKEOVER_LIMIT:
        result.faults.append(f"the takeover lasted {result.takeover:.1f} s")


def at_a_point(name, tenant, category):
    """The worker dies at one of the six points; a new one finishes its work."""

    def run(bench, result):
        home, draw = bench.home, bench.draw
        recipients = bench.recipients(draw.randint(2200, 3000))
        bench.opt_out(tenant, recipients)
        campaign = bench.send(tenant, category, recipients)
        point = POINTS[name]
        if point is None:
            for sandbox in bench.of(tenant):
                sandbox.control(latency_ms=20_000)
            wanted = draw.randint(1, 200)
            worker = home.work()
            processes.wait_for(lambda: bench.calls(campaign) >= wanted, PATIENCE, "a call")
            processes.kill(worker)
            for sandbox in bench.of(tenant):
                sandbox.behave()
        else:
            passes = {"before-claim": 3, "after-claim": 2, "mid-request": 2000}.get(point, 4)
            worker = home.work(f"{point}:{draw.randint(1, passes)}")
            worker.wait(PATIENCE)
        since = time.monotonic()
        if worker.returncode != -signal.SIGKILL:
            result.faults.append(f"the worker was to be killed and ended with {worker.returncode}")
        held = home.held_by(worker.pid)
        successor = home.work()
        takeover(bench, result, held, since)
        bench.finish(campaign)
        processes.end(successor)
        check(bench, result, tenant, campaign, recipients, category)

    return f"worker {name}, {category} to {tenant}", run


def zombie(tenant, category):
    """The worker stops for longer than its lease, is taken over by one that stood by, and comes back."""

    def run(bench, result):
        home, draw = bench.home, bench.draw
        recipients = bench.recipients(draw.randint(2200, 3000))
        bench.opt_out(tenant, recipients)
        campaign = bench.send(tenant, category, recipients)
        point = draw.choice(["after-reply", "mid-request"])
        worker = home.work(f"{point}:{draw.randint(1, 4)}:stop")
        processes.wait_for(lambda: processes.state(worker.pid) == "T", PATIENCE, "the stop")
        since = time.monotonic()
        held = home.held_by(worker.pid)
        other = home.work()
        takeover(bench, result, held, since)
        # What was open when it stopped is the other's now: nothing that this one brings back may count.
        worker.send_signal(signal.SIGCONT)
        bench.finish(campaign)
        check(bench, result, tenant, campaign, recipients, category)
        if processes.end(worker) != 0:
            result.faults.append(f"the stopped worker did not come back to life: {worker.returncode}")
        processes.end(other)

    return f"worker stopped beyond its lease, {category} to {tenant}", run


def server(tenant, category):
    """PostgreSQL's first process dies under a working worker."""

    def run(bench, result):
        home, draw = bench.home, bench.draw
        recipients = bench.recipients(draw.randint(4000, 5000))
        bench.opt_out(tenant, recipients)
        worker = home.work()
        campaign = bench.send(tenant, category, recipients)
        wanted = draw.randint(1, 2500)
        processes.wait_for(lambda: bench.calls(campaign) >= wanted, PATIENCE, "the calls")
        os.kill(home.database.postmaster(), signal.SIGKILL)
        since = time.monotonic()
        home.database.close()

        def progress():
            return home.database.number(f"SELECT sum(closed) FROM shard WHERE campaign = {campaign}")

        before = processes.wait_for(lambda: progress() is not None, PATIENCE, "the server") and progress()
        processes.wait_for(lambda: home.is_over(campaign) or progress() > before, PATIENCE, "the worker")
        result.takeover = time.monotonic() - since
        bench.finish(campaign)
        processes.end(worker)
        check(bench, result, tenant, campaign, recipients, category)

    return f"PostgreSQL while sending, {category} to {tenant}", run


def upload(percent):
    """Everything dies while a file is read: afterwards the campaign is whole or absent."""

    def run(bench, result):
        home, draw = bench.home, bench.draw
        home.down()
        home.up()
        home.run("route", "list")
        recipients = bench.recipients(6000)
        bench.opt_out("plain", recipients)
        data = recipients.text.encode()
        last = home.database.number("SELECT coalesce(max(id), 0) FROM campaign")
        uploader = processes.start(
            home.words("campaign", "send", "-", "--tenant", "plain", "--template", "hello", "--json"),
            home.log("upload"), home.env, stdin=subprocess.PIPE)
        _feed(uploader.stdin, data[: len(data) * percent // 100])
        if percent == 100:
            # Somewhere around the commit.
            uploader.stdin.close()
            time.sleep(draw.random() ** 2 * 0.1)
        home.kill_everything()
        processes.kill(uploader)
        uploader.stdin.close()
        since = time.monotonic()
        home.up()
        result.takeover = time.monotonic() - since
        found = home.database.rows(f"SELECT id FROM campaign WHERE id > {last}")
        if found and percent < 100:
            result.faults.append(f"I4: a campaign is there although its file was not read to the end")
        if found:
            campaign = int(found[0][0])
            bench.finish(campaign)
            check(bench, result, "plain", campaign, recipients, "marketing")
            result.text = f"whole: {result.text}"
        else:
            result.text = "absent"
        result.faults += orphans(home)
        home.down()
        home.up("--no-worker")

    return f"everything at {percent}% of an upload", run


def _feed(pipe, data):
    """Writes, and waits until the other side has read it all."""
    pipe.write(data)
    pipe.flush()

    def is_empty():
        return struct.unpack("i", fcntl.ioctl(pipe.fileno(), termios.FIONREAD, b"\0" * 4))[0] == 0

    processes.wait_for(is_empty, PATIENCE, "the reading of the file")
    time.sleep(0.05)


def plan(count, draw):
    """The trials of a run: each kind once before any comes again, with another category and provider."""
    kinds = [lambda *way, name=name: at_a_point(name, *way) for name in POINTS]
    kinds += [server, zombie, lambda *_: upload(50), lambda *_: upload(100), lambda *_: upload(1), lambda *_: upload(99)]
    ways = [("plain", "marketing"), ("plain", "transactional"), ("keyed", "transactional"), ("keyed", "marketing"),
            ("pair", "transactional"), ("pair", "marketing")]
    chosen = []
    for number in range(count):
        turn, kind = divmod(number, len(kinds))
        way = ways[(kind + turn) % len(ways)] if turn < len(ways) else draw.choice(ways)
        chosen.append(kinds[kind](*way))
    return chosen


def run(bench, trial):
    name, body = trial
    result = Result(name)
    began = time.monotonic()
    try:
        body(bench, result)
    except (Failure, TimeoutError, OSError, subprocess.SubprocessError) as error:
        result.faults.append(f"{type(error).__name__}: {error}")
    finally:
        bench.home.kill_workers()
        for sandbox in bench.sandboxes.values():
            sandbox.behave()
        result.seconds = time.monotonic() - began
    return result
