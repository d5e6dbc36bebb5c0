"""The benchmarks. Each takes the suite, measures, and adds its rows to the results."""
import json
import os
import signal
import statistics
import subprocess
import time

from . import processes, recipients

# GOV.UK Notify's own check of a recipients file, measured once on the machine of docs/benchmarks.md.
NOTIFY_ROWS = 6_000


def send(suite):
    """A file to ledger and rollups, and the bare COPY of the same ledger rows."""
    herald, rows = suite.herald, suite.rows
    runs, peaks, idle = [], [], []
    for _ in range(suite.repeats):
        idle.append(processes.anonymous_megabytes(suite.up.pid))
        with suite.memory() as memory:
            outcome, run = herald.send(suite.campaign(rows), "plain", memory=memory)
        runs.append(run.seconds)
        peaks.append(memory)
    rate = rows / statistics.median(runs)
    suite.note(f"send: {', '.join(f'{seconds:.2f}' for seconds in runs)} s")
    if suite.wants("send"):
        copied = bare_copy(suite, outcome["campaign"])
        suite.results.add(
            "send", f"{rows:,} rows, file to ledger and rollups", rate, "rows/s", rate / copied,
            f"bare COPY of the same rows, {copied:,.0f}/s", seconds=runs, copy_rows_per_second=copied)
    if suite.wants("memory"):
        add_memory(suite, "memory", rows, peaks, idle)


def bare_copy(suite, campaign):
    """Rows a second: the campaign's ledger rows into a table with nothing but its primary key, on one backend."""
    sql, path = suite.herald.sql, os.path.join(suite.herald.folder, "ledger.copy")
    sql(f"\\copy (SELECT * FROM ledger WHERE campaign = {campaign} ORDER BY message) TO '{path}' (FORMAT binary)")
    sql("CREATE TABLE bench_reference (LIKE ledger, PRIMARY KEY (message, attempt))")
    rates = []
    for _ in range(3):
        sql("TRUNCATE bench_reference")
        said = sql(f"\\timing on\n\\copy bench_reference FROM '{path}' (FORMAT binary)")
        milliseconds = next(float(line.split()[1]) for line in said if line.startswith("Time:"))
        rates.append(int(sql("SELECT count(*) FROM bench_reference")[0]) / milliseconds * 1000)
    sql("DROP TABLE bench_reference")
    os.remove(path)
    return statistics.median(rates)


def add_memory(suite, name, rows, peaks, idle):
    peak = max(memory.herald for memory in peaks)
    postgres = max(memory.postgres for memory in peaks)
    suite.results.add(
        name, f"peak memory, {rows:,} rows", peak, "MB", peak / min(idle),
        f"an idle worker, {min(idle):.0f} MB", postgres_megabytes=postgres)
    suite.note(f"{name}: PostgreSQL's own RssAnon was {postgres:.0f} MB")


def http(suite):
    """One request a message to the sandbox server; against the least that libcurl needs for the same requests."""
    herald = suite.herald
    rows = min(suite.rows, 300_000)
    program = suite.compile("bare-curl/bare_curl.c", "cc", "-lcurl")
    server, line = herald.start("sandbox", "--port", "0", "--no-log", until="answers at")
    url = next(word for word in line.split() if word.startswith("http")).rstrip(";")
    # 4 shards at once, 16 requests of each: 64, as many as the other side has.
    herald.provider("over-http", "http", {
        "url": url, "internal": "true", "concurrency": 16, "reference": "reference",
        "json": json.dumps({"attempt": "{{attempt}}", "from": "Herald", "id": "{{id}}", "segments": "{{segments}}",
                            "text": "{{text}}", "to": "{{to}}"}),
    })
    herald.tenant("over-http", "over-http")
    bare, own, rates = [], [], []
    for _ in range(3):
        done = subprocess.run([program, url, str(rows), "64"], capture_output=True, text=True, timeout=processes.LIMIT, check=True)
        bare.append(json.loads(done.stdout)["cpu_microseconds_per_request"])
        before = processes.cpu_seconds(suite.up.pid)
        outcome, run = herald.send(suite.campaign(rows), "over-http")
        if outcome["sent"] != rows:
            raise RuntimeError(f"only {outcome['sent']} of {rows} messages were sent over HTTP")
        own.append((processes.cpu_seconds(suite.up.pid) - before + run.cpu) / rows * 1e6)
        rates.append(rows / run.seconds)
    herald.stop(server)
    least, cpu = statistics.median(bare), statistics.median(own)
    suite.note(f"http: {statistics.median(rates):,.0f} messages/s end to end")
    suite.results.add(
        "http", f"{rows:,} messages over HTTP, CPU each", cpu, "µs", cpu / least,
        f"bare libcurl multi in C, {least:.1f} µs", bare=bare, herald=own, messages_per_second=statistics.median(rates))


def optouts(suite):
    """The first line with a long list of opt-outs, in turn with runs that have none."""
    # A campaign loads its tenant's list once, which would be most of what a small one measures.
    herald, rows = suite.herald, max(suite.rows, 300_000)
    path = os.path.join(herald.folder, "optouts.txt")
    count = suite.opt_outs
    recipients.write_opt_outs(path, count, rows)
    with suite.memory() as importing:
        imported = herald.run("optout", "import", path, "--tenant", "listed", "--channel", "sms", memory=importing)
    os.remove(path)
    suite.note(f"optouts: {count:,} imported in {imported.seconds:.0f} s, Herald's peak {importing.herald:.0f} MB")
    with_list, without, peaks = [], [], []
    # The first run loads the filter.
    herald.send(suite.campaign(rows), "listed")
    for _ in range(suite.repeats):
        without.append(herald.send(suite.campaign(rows), "plain")[1].seconds)
        with suite.memory() as memory:
            outcome, run = herald.send(suite.campaign(rows), "listed", memory=memory)
        with_list.append(run.seconds)
        peaks.append(memory.herald)
        if outcome["opted_out"] != rows // 100:
            raise RuntimeError(f"{outcome['opted_out']} opted out, {rows // 100} expected")
    slow, fast = statistics.median(with_list), statistics.median(without)
    suite.note(f"optouts: {slow:.2f} s against {fast:.2f} s; Herald's peak {max(peaks):.0f} MB")
    suite.results.add(
        "optouts", f"the same with {count:,} opt-outs", rows / slow, "rows/s", fast / slow,
        f"without them, {rows / fast:,.0f}/s", seconds=with_list, seconds_without=without,
        peak_megabytes=max(peaks), import_seconds=imported.seconds, import_peak_megabytes=importing.herald)


def ingest(suite):
    """Taking a file in and storing it; nothing is sent for ten days."""
    rows, seconds = suite.rows, []
    for _ in range(suite.repeats):
        outcome, run = suite.herald.json(
            "campaign", "send", suite.campaign(rows), "--tenant", "plain", "--template", "top-up", "--again", "--at", "+10d",
            statuses=(0, 3))
        seconds.append(run.seconds)
    rate = rows / statistics.median(seconds)
    limit = suite.micro("seal", suite.campaign(rows))["rows_per_second"]
    suite.results.add(
        "ingest", f"{rows:,} rows read, checked and stored", rate, "rows/s", rate / limit,
        f"zstd and AES-GCM alone on one core, {limit:,}/s", seconds=seconds)


def phone(suite):
    program = suite.compile("libphonenumber/compare.cpp", "c++", "-std=c++17", "-lphonenumber")
    path = os.path.join(suite.herald.folder, "numbers.txt")
    with open(path, "w") as file:
        subprocess.run([program, "make", "100000"], stdout=file, check=True, timeout=processes.LIMIT)
    own, other = [], []
    for _ in range(2):
        own.append(suite.micro("phones", path))
        done = subprocess.run([program, "check", path], capture_output=True, check=True, timeout=processes.LIMIT)
        other.append(json.loads(done.stdout))
    own.append(suite.micro("phones", path))
    rate = statistics.median(result["per_second"] for result in own)
    theirs = statistics.mean(result["per_second"] for result in other)
    suite.results.add(
        "phone", "phone check of 100,000 numbers", rate, "/s", rate / theirs, f"libphonenumber, {theirs:,.0f}/s",
        valid=own[0]["valid"], valid_there=other[0]["valid"])


def liquid(suite):
    own = suite.micro("liquid")
    suite.results.add(
        "liquid", "Liquid with three fields, one core", own["per_second"], "/s",
        own["per_second"] / own["copied_per_second"], f"memcpy of the same pieces, {own['copied_per_second']:,}/s")


def route(suite):
    own = suite.micro("route")
    limit = own["dictionary_lookups_per_second"]
    suite.note(
        f"route: {own['per_second_with_sick_providers']:,}/s while providers are sick; {own['scopes_per_second']:,} scopes/s")
    suite.results.add(
        "route", f"routing decisions, {own['prefixes']:,} prefixes and {own['rules']} rules, one core", own["per_second"],
        "/s", own["per_second"] / limit, f"one look-up in a dictionary as large, {limit:,}/s",
        walks_per_second=own["walks_per_second"])


def check(suite):
    rows, seconds = suite.rows, []
    for _ in range(suite.repeats):
        _, run = suite.herald.json(
            "campaign", "check", suite.campaign(rows), "--tenant", "plain", "--template", "top-up", statuses=(0, 3))
        seconds.append(run.seconds)
    median = statistics.median(seconds)
    suite.results.add(
        "check", f"campaign check of {rows:,} rows", median, "s", rows / median / NOTIFY_ROWS,
        f"Notify's own check, {NOTIFY_ROWS:,} rows/s", seconds=seconds)


def memory10(suite):
    """Ten times the rows must not take more memory. In a fresh worker, so that nothing is left of other lines."""
    suite.restart()
    rows = suite.rows * 10
    path = suite.campaign(rows)
    idle = processes.anonymous_megabytes(suite.up.pid)
    with suite.memory() as memory:
        _, run = suite.herald.send(path, "plain", memory=memory)
    suite.note(f"memory10: {rows:,} rows in {run.seconds:.0f} s, {rows / run.seconds:,.0f}/s")
    os.remove(path)
    add_memory(suite, "memory10", rows, [memory], [idle])


def claims(suite):
    """A shard for a free slot where a thousand tenants wait and a million shards are scheduled; and with one tenant alone."""
    suite.herald.sql("CREATE DATABASE bench_claims")
    found = suite.micro("claims", suite.herald.url("bench_claims"), str(suite.rows))
    suite.herald.sql("DROP DATABASE bench_claims")
    suite.results.add(
        "claims", f"a shard claimed, 1,000 tenants × 10 streams, {suite.rows:,} scheduled", found["claim_ms"], "ms",
        found["claim_ms"] / found["alone_ms"], f"one tenant alone, {found['alone_ms']:.2f} ms", **found)
    suite.note(f"claims: a look took {found['look_ms']:.1f} ms, one for {found['claims'] / found['looks']:.0f} claims")


def kill(suite):
    """Two workers; one is killed, or stops answering, amid its shards: how long until the other one has them all."""
    herald = suite.herald
    herald.provider("slow", "sandbox", {"latency_ms": 100})
    herald.tenant("slow", "slow")
    suite.stop()
    database = herald.up("--no-worker")
    for name, how, what in (
        ("kill", signal.SIGKILL, "worker killed: its shards run again"),
        ("hang", signal.SIGSTOP, "worker hangs: its shards run again"),
    ):
        if suite.wants(name):
            times, starts = zip(*(lost_worker(suite, how) for _ in range(3)))
            median, start = statistics.median(times), statistics.median(starts)
            suite.results.add(
                name, what, median, "s", median / start, f"a new worker's start, {start:.2f} s", seconds=times)
    herald.stop(database)
    suite.start()


def lost_worker(suite, signal_number):
    """Seconds until the other worker has the lost one's shards, and seconds that a new worker takes to have some."""
    herald = suite.herald
    outcome, _ = herald.json(
        "campaign", "send", suite.campaign(200_000), "--tenant", "slow", "--template", "top-up", "--again",
        statuses=(0, 3))
    begun = time.monotonic()
    first, _ = herald.start("work", until="Working")
    held = []
    while len(held) < 2:
        held = herald.sql("SELECT id, worker FROM shard WHERE state = 'taken'")
    start = time.monotonic() - begun
    number = held[0].partition("|")[2]
    second, _ = herald.start("work", until="Working")
    held = []
    while len(held) < 2:
        held = herald.sql(f"SELECT id FROM shard WHERE worker = {number} AND state = 'taken'")
    first.send_signal(signal_number)
    lost_at = time.monotonic()
    # Running again: in the other worker's hands, or already done.
    lost = f"SELECT count(*) FROM shard WHERE id IN ({','.join(held)}) AND (state = 'ready' OR worker = {number})"
    while herald.sql(lost) != ["0"]:
        if time.monotonic() - lost_at > 60:
            raise RuntimeError("the shards of a lost worker did not run again within a minute")
        time.sleep(0.02)
    seconds = time.monotonic() - lost_at
    herald.run("campaign", "cancel", str(outcome["campaign"]), statuses=(0, 1))
    herald.stop(first)
    herald.stop(second)
    return seconds, start
