"""What goes wrong, and who goes on sending meanwhile."""

import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter

from killtest import processes
from killtest.home import Failure

from .receipts import Receipts

# A worker that is to die comes to one of these, if nobody kills it before.
POINTS = ["before-claim:5", "after-claim:4", "mid-request:600", "after-reply:6", "after-commit:6"]
MODES = ["normal", "hang", "drip", "error", "temporary", "throttled", "bounce", "garbage", "truncated", "reset", "late",
         "timeout", "redirect", "oversize"]
# In numbers and not in time: a slow machine gets as many of them.
UNDER_WAY = 12
MOST_RECIPIENTS = 900
# What takes longer is a hang, on any machine.
PATIENCE = 600


class Storm:
    def __init__(self, scene, seconds):
        self.scene = scene
        self.seconds = seconds
        self.counts = Counter()
        self.faults = []
        self.receipts = Receipts(scene)
        # Measured before and after.
        self.elder = None
        self.younger = None

    def run(self):
        scene = self.scene
        self.elder = scene.home.work()
        self.younger = scene.home.work()
        self._warm_up()
        before = self._holdings()
        over = threading.Event()
        weather = threading.Thread(target=self._weather, args=(over,))
        weather.start()
        try:
            self._live(time.monotonic() + self.seconds)
        finally:
            over.set()
            weather.join()
        self._settle()
        self._compare(before)
        scene.home.kill_workers()

    @property
    def summary(self):
        return ", ".join(f"{count} {what}" for what, count in sorted(self.counts.items()))

    # --- before and after

    def _warm_up(self):
        """A campaign each for every tenant, so that what is opened once is open."""
        for _ in range(4):
            self.scene.send(self.scene.invent(MOST_RECIPIENTS, troubled=False))
        self._wait_for_all()

    def _wait_for_all(self):
        def is_over():
            rest = self.scene.unfinished()
            for number, state in (rest or {}).items():
                if state in ("paused", "held"):
                    self._try("campaign", "resume", str(number))
            return rest == {}

        processes.wait_for(is_over, PATIENCE, "the end of all campaigns", interval=0.2)

    def _settle(self):
        self.scene.calm()
        self._wait_for_all()
        self.receipts.bring()
        processes.wait_for(self.receipts.are_read, PATIENCE, "the reading of all receipts", interval=0.2)

    def _holdings(self):
        """What the worker that lives through it all holds, once it has come to rest."""
        pid = self.elder.pid
        return {"descriptors": processes.descriptors(pid), "threads": processes.threads(pid),
                "megabytes": processes.memory(pid)}

    def _compare(self, before):
        """I7. Connections to providers stay open for the next message: up to the concurrency of each."""
        slack = {"descriptors": 3 * 64, "threads": 2, "megabytes": 64}
        after = self._holdings()
        for what, count in after.items():
            self.counts[f"{what} held ({before[what]:.0f} before)"] = round(count)
            if count > before[what] + slack[what]:
                self.faults.append(f"I7: the worker holds {count:.0f} {what}, {before[what]:.0f} before the storm")
        if self.elder.poll() is not None:
            self.faults.append(f"the worker that nobody killed ended with {self.elder.returncode}")

    # --- the providers

    def _weather(self, over):
        """A provider changes every few hundred milliseconds."""
        draw = random.Random(self.scene.draw.random())
        sandboxes = list(self.scene.sandboxes.values())
        while not over.wait(draw.uniform(0.15, 0.5)):
            sandbox = draw.choice(sandboxes)
            mode = draw.choice(MODES + ["normal"] * 6)
            change = {"mode": mode, "retry_after_ms": draw.choice([0, 500, 1000, 2000])}
            if mode == "normal":
                # Well, but not quite.
                change |= {"latency_ms": draw.choice([0, 0, 5, 200]), "jitter_ms": draw.choice([0, 20]),
                           "rate_per_second": draw.choice([0, 0, 0, 50, 400]),
                           "temporary_rate": draw.choice([0, 0, 0.05]), "permanent_rate": draw.choice([0, 0, 0.01]),
                           "in_doubt_rate": draw.choice([0, 0, 0.01])}
            elif draw.random() < 0.6:
                change["count"] = draw.randint(1, 60)
            else:
                change["count"] = 1_000_000
            sandbox.control(**change)
            self.counts["changes of the providers' weather"] += 1

    # --- everybody else

    def _live(self, end):
        draw, began = self.scene.draw, time.monotonic()
        # The database dies early in a short run, every minute in a long one.
        next_restart = began + min(self.seconds * 0.4, 60)
        next_kill = began + 1
        while (now := time.monotonic()) < end:
            if now >= next_restart:
                self._restart()
                next_restart = time.monotonic() + 60
            if now >= next_kill:
                self._kill()
                next_kill = time.monotonic() + draw.uniform(2, 6)
            rest = self.scene.unfinished()
            if rest is None:
                time.sleep(0.1)
            elif len(rest) < UNDER_WAY:
                self._send()
            else:
                time.sleep(0.1)
            if rest:
                self._meddle(draw, sorted(rest))
            if draw.random() < 0.1:
                self._tell()

    def _send(self):
        scene = self.scene
        campaign = scene.invent(MOST_RECIPIENTS)
        last = scene.last_number()
        try:
            scene.send(campaign)
            self.counts["campaigns"] += 1
        except (Failure, subprocess.TimeoutExpired):
            # Nobody has acknowledged it. It is there as a whole, or not at all.
            rows = processes.wait_for(
                lambda: scene.home.database.rows(f"SELECT 0 UNION ALL SELECT id FROM campaign WHERE id > {last}"),
                PATIENCE, "the database", interval=0.2)
            for number in [int(row[0]) for row in rows if row[0] != "0"]:
                scene.add(campaign, number)
                self.counts["campaigns that nobody acknowledged"] += 1
            self.counts["uploads that failed"] += 1

    def _meddle(self, draw, running):
        """Somebody at the desk."""
        act = draw.random()
        number = draw.choice(running)
        if act < 0.04:
            self._try("campaign", "pause", str(number))
        elif act < 0.12:
            self._try("campaign", "resume", str(number))
        elif act < 0.13:
            self._try("campaign", "cancel", str(number))
        elif act < 0.16:
            self._try("provider", draw.choice(["out", "in", "in"]), draw.choice(list(self.scene.sandboxes)))
        elif act < 0.3:
            self._look(number)

    def _look(self, number):
        """Remembers states, for none may ever go backwards."""
        campaign = next((each for each in self.scene.campaigns if each.number == number), None)
        states = self.scene.states(number) if campaign else None
        if states:
            campaign.seen |= states
            self.counts["looks"] += 1

    def _try(self, *words):
        """The database may be away, and the campaign over."""
        try:
            if self.scene.home.run(*words, codes=(0, 1, 2, 3)).returncode == 0:
                self.counts[" ".join(words[:2])] += 1
        except (Failure, subprocess.TimeoutExpired):
            pass

    def _tell(self):
        try:
            self.counts["receipts"] += self.receipts.bring()
        except (Failure, subprocess.TimeoutExpired):
            pass

    def _kill(self):
        """The younger worker dies, and another comes: at times one that will die by itself at a bad moment."""
        draw = self.scene.draw
        processes.kill(self.younger)
        fault = draw.choice(POINTS) if draw.random() < 0.5 else None
        self.younger = self.scene.home.work(fault)
        self.counts["workers killed"] += 1

    def _restart(self):
        """Of the database: as by a crash, or as by an administrator."""
        home = self.scene.home
        number = self.scene.draw.choice([signal.SIGKILL, signal.SIGINT])
        if home.database.rows("SELECT 1"):
            os.kill(home.database.postmaster(), number)
            home.database.close()
            self.counts["deaths of PostgreSQL"] += 1
