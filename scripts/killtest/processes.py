"""The processes that a run started: whatever ends the run, they end too."""

import atexit
import os
import signal
import subprocess
import time
from pathlib import Path

_running = []


def start(words, log, env=None, stdin=subprocess.DEVNULL, pass_fds=()):
    """Starts a command in a session of its own; what it says goes to the file `log`."""
    with open(log, "ab") as output:
        process = subprocess.Popen(
            words, stdin=stdin, stdout=output, stderr=output, env=env, start_new_session=True,
            pass_fds=pass_fds)
    _running.append(process)
    return process


def end(process, grace=300):
    """Asks a process to end and waits; says with which code it did."""
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            kill(process)
    return process.returncode


def kill(process):
    """Kills a process and all of its group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def kill_all():
    for process in _running:
        if process.poll() is None:
            kill(process)
    _running.clear()


def standing_in(folder):
    """Processes whose working folder is below `folder`: a server that outlived its Herald."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.readlink(entry / "cwd").startswith(str(folder) + "/"):
                    found.append(int(entry.name))
            except OSError:
                pass
    return found


def kill_below(folder):
    deadline = time.monotonic() + 60
    while (found := standing_in(folder)) and time.monotonic() < deadline:
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.02)
    return not found


def state(pid):
    """The kernel's letter: T for stopped, Z for dead and not yet fetched."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (OSError, IndexError):
        return "X"


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def memory(pid):
    """The anonymous memory in megabytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) / 1024
    return 0


def wait_for(condition, seconds, what, interval=0.02):
    """Polls until the condition says something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        if value := condition():
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come within {seconds} s")
        time.sleep(interval)


atexit.register(kill_all)
