"""A Herald of its own for tests of the API from outside: in a folder that is gone afterwards, on a port of its own."""
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def binary():
    """The one that was built last."""
    built = [ROOT / ".build" / kind / "herald" for kind in ("release", "debug")]
    built = [path for path in built if path.exists()]
    if not built:
        raise SystemExit("There is no herald. Build it with ./run build.")
    return max(built, key=lambda path: path.stat().st_mtime)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(home, port):
    """Nobody's own Herald takes part."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HERALD_")}
    if "HERALD_POSTGRES_BIN" in os.environ:
        kept["HERALD_POSTGRES_BIN"] = os.environ["HERALD_POSTGRES_BIN"]
    path = f"{binary().parent}:{kept['PATH']}"
    return kept | {"HERALD_HOME": str(home), "HERALD_LISTEN": f"127.0.0.1:{port}", "PATH": path}


@contextlib.contextmanager
def folder():
    """Ends what was started in it, too."""
    home = pathlib.Path(tempfile.mkdtemp(prefix="herald-api-"))
    # Where root runs this, the database's own user must get there.
    home.chmod(0o755)
    try:
        yield home
    finally:
        subprocess.run([binary(), "down"], env=environment(home, 0), capture_output=True, timeout=120)
        shutil.rmtree(home, ignore_errors=True)
