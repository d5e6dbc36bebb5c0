"""The parts of the test: each has a Herald of its own, a load, and things that happen to it meanwhile."""

import os
import signal
import subprocess
import time
import traceback

from killtest import processes

from . import disk, load, restore
from .load import Load
from .scene import PATIENCE, Scene, listening


def socket(options, scene):
    """A service is restarted while systemd holds its port: nobody is refused, no request goes without an answer."""
    listener = listening()
    gateway = scene.serve(listener)
    load = Load(scene.key, lambda: [listener.getsockname()[1]])
    faults, waits = [], []
    for _ in range(3):
        _go_on(load, options.seconds)
        began = time.monotonic()
        code = processes.end(gateway)
        gateway = scene.serve(listener)
        waits.append(time.monotonic() - began)
        if code != 0:
            faults.append(f"the gateway ended with {code}")
    _go_on(load, options.seconds)
    load.stop()
    processes.end(gateway)
    listener.close()
    faults += _none_of(load, "refused", "unanswered", "no handshake")
    return faults + _judged(scene, load, exactly=True), f"3 restarts of {max(waits):.1f} s at most"


def service(options, scene):
    """The same with everything in one process, as deploy/herald.service has it: the database is restarted too."""
    scene.home.down()
    listener = listening()
    scene.home.owner = scene.serve(listener, command="up")
    load = Load(scene.key, lambda: [listener.getsockname()[1]])
    faults, waits = [], []
    for _ in range(2):
        _go_on(load, options.seconds)
        began = time.monotonic()
        scene.home.down()
        scene.home.owner = scene.serve(listener, command="up")
        waits.append(time.monotonic() - began)
    _go_on(load, options.seconds)
    load.stop()
    listener.close()
    faults += _none_of(load, "refused", "unanswered", "no handshake")
    return faults + _judged(scene, load, exactly=True), f"2 restarts of {max(waits):.1f} s at most"


def stop(options, scene):
    """SIGTERM without a socket that is held: who connects meanwhile is refused, but no request that has left is lost."""
    gateway = scene.serve()
    port = gateway.port
    load = Load(scene.key, lambda: [port])
    faults = []
    for _ in range(3):
        _go_on(load, options.seconds)
        if (code := processes.end(gateway)) != 0:
            faults.append(f"the gateway ended with {code}")
        gateway = scene.serve(port=port)
    _go_on(load, options.seconds)
    load.stop()
    processes.end(gateway)
    faults += _none_of(load, "unanswered")
    return faults + _judged(scene, load, exactly=True), "3 stops"


def database(options, scene):
    """PostgreSQL is restarted: who comes meanwhile is told to come again, and it works again at once."""
    gateway = scene.serve()
    load = Load(scene.key, lambda: [gateway.port])
    faults, back = [], []
    for kind, away in ((signal.SIGINT, 0), (signal.SIGKILL, 0), (signal.SIGINT, 9)):
        _go_on(load, options.seconds)
        scene.home.database.rows("SELECT 1")
        postmaster = scene.home.database.postmaster()
        data = scene.home.database.folder / "data"
        # Without its data the server can't be started again.
        hidden = data.rename(data.with_name("hidden")) if away else None
        os.kill(postmaster, kind)
        scene.home.database.close()
        time.sleep(away)
        if hidden:
            hidden.rename(data)
        processes.wait_for(lambda: scene.home.database.rows("SELECT 1"), PATIENCE, "the server")
        ready = time.monotonic()
        first = processes.wait_for(
            lambda: next((at for at, status in load.answers[-2000:] if at > ready and status == 202), None), PATIENCE, "a 202")
        back.append(first - ready)
    _go_on(load, options.seconds)
    load.stop()
    # What came while its worker registered anew waits for a slot: nobody else would take it.
    scene.settle()
    processes.end(gateway)
    if not load.count(503):
        faults.append("nobody was told to come again")
    if options.times and max(back) > 2:
        faults.append(f"it took {max(back):.1f} s to work again")
    faults += _none_of(load, "unanswered", "refused")
    return faults + _judged(scene, load), f"3 restarts of the database, at work again {max(back):.2f} s after it at most"


ADDED = """
BEGIN;
ALTER TABLE shard ADD COLUMN made_up int;
ALTER TABLE campaign ADD COLUMN made_up text NOT NULL DEFAULT 'x';
ALTER TABLE tenant ADD COLUMN made_up int;
ALTER TABLE template ADD COLUMN made_up int;
ALTER TABLE api_key ADD COLUMN made_up int;
ALTER TABLE provider ADD COLUMN made_up int;
ALTER TABLE worker ADD COLUMN made_up int;
CREATE TABLE made_up (tenant int);
INSERT INTO migration (number) SELECT max(number) + 1 FROM migration;
COMMIT
"""


def upgrade(options, scene):
    """A schema that is one migration ahead comes under running processes, which are then replaced one after the other."""
    gateways = [scene.serve(), scene.serve()]
    worker = scene.home.work()
    load = Load(scene.key, lambda: [gateway.port for gateway in gateways])
    _go_on(load, options.seconds)
    faults = []
    scene.home.database.rows("SET lock_timeout = '10s'")
    if scene.home.database.rows(ADDED.strip()) is None:
        faults.append("the made-up migration was not taken")
    before = load.count(202)
    _go_on(load, options.seconds)
    if load.count(202) == before:
        faults.append("nothing was accepted under the newer schema")
    for place in (0, 1):
        gateway, gateways[place] = gateways[place], scene.serve()
        # Who balances the load has heard of it before the old one ends.
        time.sleep(0.2)
        if (code := processes.end(gateway)) != 0:
            faults.append(f"a gateway ended with {code}")
        _go_on(load, options.seconds)
    if (code := processes.end(worker)) != 0:
        faults.append(f"the worker ended with {code}")
    load.stop()
    for gateway in gateways:
        processes.end(gateway)
    faults += [f"answered with 503 {load.count(503)} times"] if load.count(503) else []
    faults += _none_of(load, "unanswered")
    numbers = scene.home.database.number("SELECT max(number) FROM migration")
    processes.wait_for(
        lambda: scene.home.database.rows(f"UPDATE migration SET requires = number WHERE number = {numbers} RETURNING number"),
        PATIENCE, "the mark that an older program can't work on it")
    refused = scene.home.run("status", codes=(1,))
    if "newer Herald" not in refused.stderr:
        faults.append(f"an older program was not told what to do: {refused.stderr}")
    scene.home.database.rows(f"UPDATE migration SET requires = 0 WHERE number = {numbers}")
    return faults + _judged(scene, load, exactly=True), "the schema grew under two gateways, which were replaced"


ALL = {
    "socket": socket, "service": service, "stop": stop, "database": database, "upgrade": upgrade, "disk": disk.database, "upload": disk.upload,
    "restore": restore.restore,
}


def run(name, options, folder):
    began = time.monotonic()
    scene, text = None, ""
    try:
        body = ALL[name]
        if getattr(body, "makes_its_own", False):
            faults, text = body(options, folder / name)
        else:
            scene = Scene(options, folder / name)
            faults, text = body(options, scene)
    except (TimeoutError, OSError, RuntimeError, subprocess.SubprocessError) as error:
        faults = [f"{type(error).__name__}: {error}", traceback.format_exc()]
        load.stop_all()
    if scene:
        scene.end()
    print(f"{'FAIL' if faults else 'ok  '} {name}: {text} ({time.monotonic() - began:.1f} s)", flush=True)
    for fault in faults[:20]:
        print(f"     {fault}", flush=True)
    return not faults


def _go_on(load, seconds):
    """The load goes on for so long, and in any case until something was accepted."""
    before = load.count(202)
    time.sleep(seconds)
    processes.wait_for(lambda: load.count(202) > before or load.faults, PATIENCE, "a request to be accepted")
    if load.faults:
        raise RuntimeError(load.faults[0])


def _none_of(load, *kinds):
    return [f"{kind}: {load.count(kind)} ({_detail(load)})" for kind in kinds if load.count(kind)]


def _detail(load):
    return ", ".join(f"{count} {what}" for what, count in load.counts.items())


def _judged(scene, load, exactly=False):
    scene.settle()
    faults = load.faults[:10] + scene.judge(load.accepted)
    if exactly and scene.strangers:
        faults.append(f"{scene.strangers} messages were sent that nobody was told of")
    print(f"     {_detail(load)}; {len(load.accepted)} accepted, {scene.doubted} in doubt", flush=True)
    return faults
