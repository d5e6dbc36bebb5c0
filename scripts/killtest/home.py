"""A Herald of its own in a folder of its own: its database, its workers, its commands."""

import json
import os
import signal
import subprocess
from pathlib import Path

from . import processes


class Failure(Exception):
    """A command or an expectation of the run itself failed."""


class Database:
    """One `psql` that stays; started anew after the server was killed."""

    def __init__(self, home):
        self.home = home
        self.process = None

    def _start(self):
        pointer = self.home / "postgres.location"
        folder = Path(pointer.read_text().split("\n")[0]) if pointer.exists() else self.home / "postgres"
        self.folder = folder
        env = dict(os.environ, PGPASSWORD=(folder / "password").read_text().split("\n")[0])
        self.process = subprocess.Popen(
            [_psql(), "-X", "-q", "-A", "-t", "-F", "\t", "-h", str(folder / "run"), "-U", "herald", "herald"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env)

    def rows(self, sql):
        """None where no server answers."""
        if self.process is None or self.process.poll() is not None:
            self._start()
        try:
            self.process.stdin.write(sql + ";\n\\echo end of answer\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            self.close()
            return None
        rows = []
        for line in self.process.stdout:
            if line == "end of answer\n":
                return rows
            rows.append(line.rstrip("\n").split("\t"))
        self.close()
        return None

    def number(self, sql):
        rows = self.rows(sql)
        return int(rows[0][0]) if rows and rows[0][0] else None

    def postmaster(self):
        return int((self.folder / "data" / "postmaster.pid").read_text().split("\n")[0])

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            try:
                self.process.stdin.close()
            except BrokenPipeError:
                # The server took it along, and the question with it.
                pass
            self.process.stdout.close()
        self.process = None


def _psql():
    """Not Debian's wrapper around it, which takes ten times as long to start."""
    own = os.environ.get("HERALD_POSTGRES_BIN")
    folders = [Path(own)] if own else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((str(folder / "psql") for folder in folders if (folder / "psql").exists()), "psql")


class Home:
    def __init__(self, herald, folder):
        self.herald = herald
        self.folder = folder
        self.path = folder / "home"
        self.env = {key: value for key, value in os.environ.items() if not key.startswith("HERALD_")}
        if binaries := os.environ.get("HERALD_POSTGRES_BIN"):
            self.env["HERALD_POSTGRES_BIN"] = binaries
        self.env["HERALD_HOME"] = str(self.path)
        self.database = Database(self.path)
        self.owner = None
        self.workers = []
        self._logs = 0

    def log(self, name):
        self._logs += 1
        return self.folder / f"{name}-{self._logs}.log"

    # --- commands

    def words(self, *words):
        return [self.herald, *words]

    def run(self, *words, codes=(0,), text=None):
        done = subprocess.run(
            self.words(*words), env=self.env, input=text, capture_output=True, text=True, timeout=600)
        if done.returncode not in codes:
            raise Failure(f"herald {' '.join(words)} ended with {done.returncode}: {done.stderr.strip()}")
        return done

    def json(self, *words, codes=(0,), text=None):
        return json.loads(self.run(*words, "--json", codes=codes, text=text).stdout.splitlines()[-1])

    # --- processes

    def up(self, *options):
        log = self.log("up")
        self.owner = processes.start(self.words("up", *options), log, self.env)

        def ready():
            if self.owner.poll() is not None:
                raise Failure(f"herald up ended: {log.read_text()}")
            said = log.read_text()
            return "Herald is up" in said or "database is ready" in said

        processes.wait_for(ready, 300, "herald up")

    def work(self, fault=None, slots=4):
        env = dict(self.env, HERALD_FAULT=fault) if fault else self.env
        worker = processes.start(self.words("work", "--slots", str(slots)), self.log("work"), env)
        self.workers.append(worker)
        return worker

    def kill_workers(self):
        """None may reach into the next trial."""
        for worker in self.workers:
            if worker.poll() is None:
                processes.kill(worker)
        self.workers.clear()

    def down(self):
        self.database.close()
        if self.owner:
            processes.end(self.owner)
        self.owner = None

    def kill_everything(self):
        """The owner, its worker and the server at once, as a machine that hangs up does."""
        postmaster = self.database.postmaster()
        self.database.close()
        os.killpg(self.owner.pid, signal.SIGKILL)
        os.kill(postmaster, signal.SIGKILL)
        self.owner.wait()

    # --- looks

    def state(self, campaign):
        rows = self.database.rows(f"SELECT state FROM campaign WHERE id = {campaign}")
        return rows[0][0] if rows else None

    def is_over(self, campaign):
        return self.state(campaign) in ("finished", "cancelled")

    def held_by(self, pid):
        """The shards that a process holds, with their tokens."""
        rows = self.database.rows(
            "SELECT s.id, s.token FROM shard s JOIN worker w ON w.id = s.worker "
            f"WHERE w.pid = {pid} AND s.state = 'taken'")
        return {int(shard): int(token) for shard, token in rows or []}

    def moved_on(self, shards):
        """Whether each of the shards was taken by somebody else since."""
        if not shards:
            return True
        pairs = ", ".join(f"({shard}, {token})" for shard, token in shards.items())
        rows = self.database.rows(
            f"SELECT count(*) FROM shard s JOIN (VALUES {pairs}) v(id, token) ON v.id = s.id "
            "WHERE s.token > v.token")
        return bool(rows) and int(rows[0][0]) == len(shards)
