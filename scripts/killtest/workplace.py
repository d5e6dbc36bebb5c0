"""The folder of a run and everything that stands in it: gone when the run ends, however it ends."""

import shutil
import signal
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from . import processes

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Workplace:
    def __init__(self, folder):
        self.folder = folder
        # Set by the run: then the folder stays.
        self.keep = False
        self.left_behind = False


@contextmanager
def workplace(prefix):
    """Makes the folder; at the end kills what runs in it and removes it."""
    for number in SIGNALS[1:]:
        signal.signal(number, lambda *_: sys.exit(130))
    place = Workplace(Path(tempfile.mkdtemp(prefix=prefix)))
    # The server's user must be able to walk in.
    place.folder.chmod(0o755)
    try:
        yield place
    finally:
        # A second Ctrl-C must not keep this from being finished.
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        processes.kill_all()
        is_clean = processes.kill_below(place.folder)
        if place.keep:
            print(f"kept {place.folder}")
        else:
            shutil.rmtree(place.folder, ignore_errors=True)
        place.left_behind = not is_clean or (place.folder.exists() and not place.keep)
        if place.left_behind:
            print(f"left behind: {place.folder}")


def built(root):
    """The binary to test: the release build, else the debug build; None without one."""
    paths = [root / ".build" / build / "herald" for build in ("release", "debug")]
    return next((str(path) for path in paths if path.exists()), None)
