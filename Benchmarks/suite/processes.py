"""What processes take: CPU time and memory, from /proc."""
import os
import signal
import subprocess
import threading
import time

TICK = os.sysconf("SC_CLK_TCK")
LIMIT = 600


def cpu_seconds(pid):
    """User and system time of a process, its threads included."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def anonymous_megabytes(pid):
    """RssAnon; 0 for a process that is gone."""
    try:
        with open(f"/proc/{pid}/status") as file:
            for line in file:
                if line.startswith("RssAnon:"):
                    return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


class Watch:
    """Looks again and again while its body runs; `watch` goes round until `over`."""

    def __enter__(self):
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


class Memory(Watch):
    """The largest sum of RssAnon of Herald's processes, looked at every 50 ms; PostgreSQL's apart, every 500 ms."""

    def __init__(self, pids, postmaster):
        self.pids = list(pids)
        self.postmaster = postmaster
        self.herald = self.postgres = 0.0

    def watch(self):
        look = 0
        while True:
            self.herald = max(self.herald, sum(anonymous_megabytes(pid) for pid in list(self.pids)))
            if look % 10 == 0:
                backends = [self.postmaster, *children(self.postmaster)]
                self.postgres = max(self.postgres, sum(anonymous_megabytes(pid) for pid in backends))
            look += 1
            if self.over.wait(0.05):
                return


class Series(Watch):
    """RssAnon of a process over time, twice a second."""

    def __init__(self, pid):
        self.pid = pid
        self.megabytes = []

    def watch(self):
        while not self.over.wait(0.5):
            self.megabytes.append(anonymous_megabytes(self.pid))

    def most(self, start, end):
        """The most between two shares of the time."""
        count = len(self.megabytes)
        return max(self.megabytes[int(count * start):max(int(count * end), int(count * start) + 1)])


class Run:
    """A finished command: what it wrote, how long it took and its CPU time."""

    def __init__(self, words, environment, memory=None, statuses=(0,), standard_input=None):
        start = time.monotonic()
        process = subprocess.Popen(
            words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=standard_input or subprocess.DEVNULL
        )
        if memory is not None:
            memory.pids.append(process.pid)
        # Read here, not by communicate(): its CPU time must be taken before the process is collected.
        error = []
        drain = threading.Thread(target=lambda: error.append(process.stderr.read()))
        drain.start()
        timer = threading.Timer(LIMIT, process.kill)
        timer.start()
        try:
            self.output = process.stdout.read().decode()
            drain.join()
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        self.seconds = time.monotonic() - start
        self.cpu = usage.ru_utime + usage.ru_stime
        if process.returncode not in statuses:
            said = error[0].decode().strip() or f"status {process.returncode}"
            raise RuntimeError(f"{' '.join(map(str, words[:4]))} …: {said}")


def end(process, patience=40):
    """Ends a process that was started here: in order if it can, by force if it must."""
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
