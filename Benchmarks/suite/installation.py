"""A Herald of its own for the benchmarks, in a temporary folder that goes when they end."""
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import urllib.parse

from . import processes

TEXT = "Dear {{ name }}, your plan {{ plan }} was topped up. Your balance is {{ balance }} SGD. Thank you!"


class Installation:
    def __init__(self, root):
        self.root = root
        self.herald = os.path.join(root, ".build", "release", "herald")
        # Not /tmp: it may be memory.
        self.folder = tempfile.mkdtemp(prefix="herald-bench-", dir=os.environ.get("HERALD_BENCH_DIR", "/var/tmp"))
        # The server's processes belong to another user where this runs as root.
        os.chmod(self.folder, 0o711)
        self.home = os.path.join(self.folder, "home")
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("HERALD_")}
        self.environment["HERALD_HOME"] = self.home
        self.started = []
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            listen = f"127.0.0.1:{probe.getsockname()[1]}"
        self.environment["HERALD_LISTEN"] = listen
        self.url_of_api = f"https://{listen}"

    def close(self):
        for process in reversed(self.started):
            processes.end(process)
        pointer = os.path.join(self.home, "postgres.location")
        if os.path.exists(pointer):
            with open(pointer) as file:
                shutil.rmtree(file.readline().rstrip("\n"), ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    # Herald's own commands

    def run(self, *words, memory=None, statuses=(0,)):
        return processes.Run([self.herald, *words], self.environment, memory, statuses)

    def json(self, *words, memory=None, statuses=(0,)):
        """A command's answer, and the run."""
        run = self.run(*words, "--json", memory=memory, statuses=statuses)
        return json.loads(run.output), run

    def start(self, *words, until):
        """Starts a command that stays, and waits for what it says once it is ready."""
        process = subprocess.Popen(
            [self.herald, *words], env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        self.started.append(process)
        said = []
        for line in process.stdout:
            said.append(line)
            if until in line:
                # Whatever it says later must not fill the pipe.
                threading.Thread(target=process.stdout.read, daemon=True).start()
                return process, line
        process.wait()
        raise RuntimeError(f"herald {words[0]}: {''.join(said).strip()}")

    def stop(self, process):
        processes.end(process)
        self.started.remove(process)

    def up(self, *words):
        process, _ = self.start("up", *words, until="ready" if "--no-worker" in words else "Herald is up")
        return process

    # Its database

    @property
    def cluster(self):
        pointer = os.path.join(self.home, "postgres.location")
        if os.path.exists(pointer):
            with open(pointer) as file:
                return file.readline().rstrip("\n")
        return os.path.join(self.home, "postgres")

    @property
    def postmaster(self):
        with open(os.path.join(self.cluster, "data", "postmaster.pid")) as file:
            return int(file.readline())

    @property
    def password(self):
        with open(os.path.join(self.cluster, "password")) as file:
            return file.readline().rstrip("\n")

    def url(self, database):
        socket = urllib.parse.quote(os.path.join(self.cluster, "run"), safe="")
        return f"postgresql://herald:{urllib.parse.quote(self.password)}@{socket}/{database}"

    def sql(self, text):
        """Runs psql; returns its lines."""
        words = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", os.path.join(self.cluster, "run"),
                 "-U", "herald", "-d", "herald", "-f", "-"]
        done = subprocess.run(
            words, input=text, env={**self.environment, "PGPASSWORD": self.password, "PGOPTIONS": "-c client_min_messages=warning"},
            capture_output=True, text=True, timeout=processes.LIMIT)
        if done.returncode != 0:
            raise RuntimeError(f"psql: {done.stderr.strip()}")
        return done.stdout.splitlines()

    # Set-up

    def provider(self, name, kind, settings):
        words = [word for pair in settings.items() for word in ("--setting", f"{pair[0]}={pair[1]}")]
        self.run("provider", "add", name, "--kind", kind, *words)

    def tenant(self, name, providers):
        self.run("tenant", "add", name, "--region", "SG")
        self.run("template", "add", "top-up", "--tenant", name, "--channel", "sms", "--text", TEXT)
        self.run("route", "add", "--channel", "sms", "--tenant", name, "--providers", providers)

    def send(self, path, tenant, *words, memory=None):
        """Sends a file and waits for the end; returns the outcome and the run."""
        outcome, run = self.json(
            "campaign", "send", path, "--tenant", tenant, "--template", "top-up", "--again", "--wait", *words,
            memory=memory, statuses=(0, 3))
        if outcome["state"] != "finished" or outcome["done"] != outcome["accepted"]:
            raise RuntimeError(f"campaign {outcome['campaign']} ended as {outcome['state']}")
        return outcome, run
