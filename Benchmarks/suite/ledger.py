"""The ledger: how quick a search is however much there is, what its indexes cost, and the recount.

The data are made by `herald-bench ledger-fill`: windows of 500 rows by the statement that a worker stores them with (COPY
into the slice and its rollups, in one round trip), with addresses sealed under the tenant's key, a slice for each of
30 days; what a worker does besides, its claims, is left out. They are kept in a folder for each size under
HERALD_BENCH_DIR (else /var/tmp), named herald-bench-ledger-ROWS, for the next run; delete the folder to have them made anew.
"""
import json
import os
import shutil
import statistics
import subprocess
import time

from . import installation, processes

SLICES = 30
KEY = "5a" * 32
# The sums that the proof needs, and nothing besides.
BARE = """
SELECT count(*) FROM (
    SELECT date_bin('15 minutes', at, 'epoch'), campaign, channel, provider, state, was, country, currency, count(*),
           count(*) FILTER (WHERE final), sum(segments), sum(cost)
      FROM ledger GROUP BY 1, 2, 3, 4, 5, 6, 7, 8) g
"""


class Kept(installation.Installation):
    """A Herald whose data stay."""

    def __init__(self, root, rows):
        super().__init__(root)
        os.rmdir(self.folder)
        base = os.environ.get("HERALD_BENCH_DIR", "/var/tmp")
        self.folder = os.path.join(base, f"herald-bench-ledger-{rows}")
        os.makedirs(self.folder, exist_ok=True)
        os.chmod(self.folder, 0o711)
        self.home = os.path.join(self.folder, "home")
        self.environment["HERALD_HOME"] = self.home
        self.environment["HERALD_MASTER_KEY"] = KEY
        self.bench = os.path.join(root, ".build", "release", "herald-bench")
        self.process = None

    def begin(self):
        self.process = self.up("--no-worker")

    def end(self):
        if self.process is not None:
            self.stop(self.process)
            self.process = None

    def micro(self, *words):
        done = subprocess.run(
            [self.bench, *map(str, words)], env=self.environment, capture_output=True, text=True, timeout=3600)
        if done.returncode != 0:
            raise RuntimeError(f"herald-bench {words[0]}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def forget_pages(self):
        """After a stop: what the kernel has of the database's files is thrown away, of these files only."""
        os.sync()
        for folder, _, names in os.walk(self.cluster):
            for name in names:
                try:
                    handle = os.open(os.path.join(folder, name), os.O_RDONLY)
                except OSError:
                    continue
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
                os.close(handle)


def ready(suite, rows):
    """A Herald with so many rows, made at the first use."""
    kept = Kept(suite.herald.root, rows)
    made = os.path.join(kept.folder, "made")
    kept.begin()
    if not os.path.exists(made):
        start = time.monotonic()
        facts = kept.micro("ledger-fill", kept.url("herald"), rows, SLICES)
        suite.note(
            f"ledger: {rows:,} rows made in {time.monotonic() - start:.0f} s, {facts['rows_per_second']:,}/s; the indexes for search, "
            f"built afterwards: {facts['sealing_seconds']:.1f} s")
        with open(made, "w") as file:
            json.dump(facts, file)
    return kept


def warm(kept, rows):
    """All of it comes into the caches, the tables and the trees that find a recipient, as far as they have room."""
    kept.sql("SELECT count(*) FROM ledger WHERE attempt < 0")
    kept.sql("SET enable_seqscan = off; SET enable_bitmapscan = off; SELECT count(*) FROM ledger WHERE search > 0")
    kept.sql("SET enable_seqscan = off; SET enable_bitmapscan = off; SELECT count(*) FROM ledger WHERE search <= 0")
    history(kept, rows, 500)


def history(kept, rows, count):
    return kept.micro("ledger-find", kept.url("herald"), rows, count)


def ledger(suite):
    small, large = (20_000, 200_000) if suite.options.quick else (2_000_000, 20_000_000)
    kept = ready(suite, small)
    try:
        warm(kept, small)
        before = statistics.median(history(kept, small, 200)["median_ms"] for _ in range(3))
    finally:
        kept.end()
    kept = ready(suite, large)
    try:
        kept.end()
        kept.forget_pages()
        kept.begin()
        cold = history(kept, large, 1)["first_ms"]
        warm(kept, large)
        runs = [history(kept, large, 200) for _ in range(3)]
        after = statistics.median(run["median_ms"] for run in runs)
        suite.results.add(
            "ledger-warm", f"a recipient's history among {large:,} rows, warm", after, "ms", after / before,
            f"among {small:,}, {before:.2f} ms", p95=runs[-1]["p95_ms"], rows_each=runs[-1]["rows_each"])
        suite.results.add(
            "ledger-cold", "the same, cold", cold, "ms", cold / after, f"warm, {after:.2f} ms")
        first_page(suite, kept)
        sizes(suite, kept, large)
        verify(suite, kept)
        report(suite, kept, large)
        export(suite, kept, large)
        writes(suite, kept)
    finally:
        kept.end()


def first_page(suite, kept):
    """What a page of a search without any condition shows: the newest rows of all."""
    seconds = [kept.run("ledger", "find", "--limit", "20").seconds for _ in range(5)]
    started = [kept.run("alert", "list").seconds for _ in range(5)]
    suite.results.add(
        "ledger-newest", "ledger find: the newest 20 rows of all, the whole command", 1000 * statistics.median(seconds), "ms",
        statistics.median(seconds) / statistics.median(started), "a command that asks for next to nothing")


def sizes(suite, kept, rows):
    table, indexes = map(int, kept.sql(
        "SELECT sum(pg_table_size(inhrelid)) || ' ' || sum(pg_indexes_size(inhrelid)) FROM pg_inherits "
        "WHERE inhparent = 'ledger'::regclass")[0].split())
    suite.results.add(
        "ledger-bytes", "bytes a message in the ledger, indexes included", (table + indexes) / rows, "B", (table + indexes) / table,
        f"without indexes, {table / rows:.0f} B")


def verify(suite, kept):
    own, bare = [], []
    for _ in range(3):
        start = time.monotonic()
        kept.sql(f"SET work_mem = '64MB'; SET jit = off; {BARE}")
        bare.append(time.monotonic() - start)
        own.append(kept.run("ledger", "verify").seconds)
    limit, seconds = statistics.median(bare), statistics.median(own)
    suite.results.add(
        "ledger-verify", "ledger verify", seconds, "s", limit / seconds, f"the GROUP BY alone, {limit:.2f} s", bare=bare, own=own)


def report(suite, kept, rows):
    """The cost report of all of it, which is about a month."""
    begin, end = kept.sql("SELECT min(bucket)::date || ' ' || max(bucket)::date + 1 FROM rollup")[0].split()
    folder, seconds = os.path.join(kept.folder, "reports"), []
    for _ in range(3):
        shutil.rmtree(folder, ignore_errors=True)
        seconds.append(kept.run("report", "range", "--from", begin, "--to", end, "--tz", "UTC", "--out", folder).seconds)
    (manifest,) = (name for name in os.listdir(folder) if name.endswith(".json"))
    with open(os.path.join(folder, manifest)) as file:
        told = json.load(file)
    lines = int(kept.sql("SELECT count(*) FROM rollup")[0])
    shutil.rmtree(folder)
    suite.note(f"ledger: the report's manifest says {told['totals']}")
    suite.results.add(
        "ledger-report", f"report of cost over {rows:,} messages, {begin} to {end}", statistics.median(seconds), "s",
        lines / 1_000, "thousands of lines of the rollups", seconds=seconds)


def export(suite, kept, rows):
    path = os.path.join(kept.folder, "export.csv")
    with processes.Memory([], kept.postmaster) as memory:
        run = kept.run("ledger", "find", "--csv", path, memory=memory)
    size = os.path.getsize(path)
    os.remove(path)
    suite.results.add(
        "ledger-export", f"ledger find --csv, {size / 1e6:,.0f} MB", rows / run.seconds, "rows/s", memory.herald,
        "peak memory in MB", seconds=run.seconds)


def writes(suite, kept):
    rows = 100_000 if suite.options.quick else 500_000
    rates = kept.micro("ledger-write", kept.url("herald"), rows)
    share = 1 - rates["all"] / rates["key"]
    suite.note("ledger: written without indexes " + ", ".join(
        f"{name} {rates['bare'] / rate - 1:+.0%}" for name, rate in sorted(rates.items()) if name != "bare") + " of time")
    suite.results.add(
        "ledger-writes", "rows written with all indexes and rollups", rates["all"], "rows/s", share,
        f"share lost of COPY with the primary key, {rates['key']:,}/s", **rates)
