"""A disk that is full: 507, and back to work by itself once there is room."""

import http.client
import json
import os
import subprocess
import time
from contextlib import contextmanager

from killtest import processes
from killtest.streams import TRUSTING

from .load import Load
from .scene import PATIENCE, Scene


@contextmanager
def small_disk(folder, megabytes):
    """A file system in memory that can be filled; needs root's rights."""
    folder.mkdir(parents=True)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=1777", "none", str(folder)], check=True, capture_output=True)
    try:
        yield Disk(folder)
    finally:
        processes.kill_below(folder)
        subprocess.run(["umount", "-l", str(folder)], check=False)


class Disk:
    def __init__(self, folder):
        self.folder = folder
        self.filler = folder / "filler"

    def fill(self, leaving=0):
        # Again and again: what others give up meanwhile is taken too.
        with open(self.filler, "ab") as file:
            status = os.statvfs(self.folder)
            room = status.f_bavail * status.f_frsize - leaving
            if room > 0:
                try:
                    os.posix_fallocate(file.fileno(), file.tell(), room)
                except OSError:
                    pass

    def make_room(self):
        self.filler.unlink()


def database(options, folder):
    """The disk under the database."""
    folder.mkdir()
    try:
        with small_disk(folder / "disk", 1200) as disk:
            return _database(options, Scene(options, folder / "disk" / "herald", folder), disk)
    except subprocess.CalledProcessError:
        return [], "left out: nothing can be mounted here"


database.makes_its_own = True


def _database(options, scene, disk):
    gateway = scene.serve()
    load = Load(scene.key, lambda: [gateway.port])
    try:
        time.sleep(options.seconds)
        deadline = time.monotonic() + 60
        while load.count(507) == 0 and time.monotonic() < deadline:
            disk.fill()
            time.sleep(0.05)
        full = time.monotonic()
        while time.monotonic() < full + options.seconds:
            disk.fill()
            time.sleep(0.05)
        disk.make_room()
        room = time.monotonic()
        first = processes.wait_for(
            lambda: next((at for at, status in load.answers[-2000:] if at > room and status == 202), None), PATIENCE, "a 202")
        time.sleep(options.seconds)
    finally:
        load.stop()
    processes.end(gateway)
    faults = load.faults[:10]
    if not load.count(507):
        faults.append(f"nobody was told that the disk is full: {dict(load.counts)}")
    if load.count("unanswered"):
        faults.append(f"{load.count('unanswered')} requests without an answer")
    scene.settle()
    faults += scene.judge(load.accepted)
    print(f"     {dict(load.counts)}; {len(load.accepted)} accepted, {scene.doubted} in doubt", flush=True)
    scene.end()
    return faults, f"{load.count(507)} times 507, at work again {first - room:.1f} s after there was room"


def upload(options, folder):
    """The disk under the folder where uploads wait."""
    folder.mkdir()
    try:
        with small_disk(folder / "disk", 8) as disk:
            return _upload(Scene(options, folder / "herald"), disk)
    except subprocess.CalledProcessError:
        return [], "left out: nothing can be mounted here"


upload.makes_its_own = True


def _upload(scene, disk):
    gateway = scene.serve(env=dict(scene.home.env, TMPDIR=str(disk.folder)))
    # What the recipients are for comes behind them: so they wait in a file.
    body = json.dumps({
        "recipients": [{"phone": f"+65{81_000_000 + number}", "code": str(number)} for number in range(40_000)],
        "template": "code", "category": "marketing", "name": "full"})
    disk.fill()
    first = _post(gateway.port, scene.key, body)
    disk.make_room()
    second = _post(gateway.port, scene.key, body)
    processes.end(gateway)
    count = scene.home.database.number("SELECT count(*) FROM campaign WHERE NOT stream")
    scene.end()
    faults = []
    if first[0] != 507 or first[1] != "application/problem+json":
        faults.append(f"507 was to come, and it was {first}")
    if second[0] not in (200, 201, 202):
        faults.append(f"with room again it was {second}")
    if count != 1:
        faults.append(f"{count} campaigns are there")
    return faults, f"{first[0]} while it was full, {second[0]} with room"


def _post(port, key, body):
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=120, context=TRUSTING)
    connection.request("POST", "/v1/campaigns", body, {
        "Authorization": f"Bearer {key}", "Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, answer.getheader("Content-Type"), text[:300]
