"""A Docker engine of the tests' own that knows gVisor, beside the machine's, which is left as it is."""

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.stack.runtime import GVISOR_ARGUMENTS

START_DEADLINE = 60.0


@contextmanager
def engine_with_runsc(images: list[str]) -> Iterator[tuple[str, ...]]:
    """The options that make `docker` speak to it. It has no network, and `images` of the machine's engine."""
    runsc = shutil.which("runsc")
    assert runsc, "gVisor is not installed: apt-get install runsc (deploy/test does)"
    place = Path(tempfile.mkdtemp(prefix="gvisor-"))  # short: the engine's sockets lie in it
    engine = (f"--host=unix://{place}/s",)
    process = subprocess.Popen(_command(place, runsc), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(engine, process)
        for image in images:
            _copy(image, engine)
        yield engine
    finally:
        process.terminate()
        process.wait(timeout=60)
        subprocess.run(["umount", "--recursive", str(place)], capture_output=True, check=False)
        shutil.rmtree(place, ignore_errors=True)


def _command(place: Path, runsc: str) -> list[str]:
    settings = {"runtimes": {"runsc": {"path": runsc, "runtimeArgs": list(GVISOR_ARGUMENTS)}}}
    (place / "daemon.json").write_text(json.dumps(settings))
    own = [f"--config-file={place}/daemon.json", f"--data-root={place}/data", f"--exec-root={place}/exec"]
    own += [f"--pidfile={place}/pid", f"--host=unix://{place}/s"]
    quiet = ["--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false", "--bridge=none"]
    # In a network namespace of its own: an engine without a bridge removes the default one, docker0, of its namespace.
    return ["unshare", "--net", "dockerd", *own, *quiet]


def _wait_for(engine: tuple[str, ...], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_DEADLINE
    while subprocess.run(["docker", *engine, "version"], capture_output=True, check=False).returncode:
        assert process.poll() is None, f"the second engine ended with {process.returncode}; is this root?"
        assert time.monotonic() < deadline, "the second engine does not answer"
        time.sleep(0.1)  # a poll with a deadline


def _copy(image: str, engine: tuple[str, ...]) -> None:
    saving = subprocess.Popen(["docker", "save", image], stdout=subprocess.PIPE)
    subprocess.run(["docker", *engine, "load"], stdin=saving.stdout, capture_output=True, check=True)
    assert saving.stdout is not None
    saving.stdout.close()
    assert saving.wait() == 0, f"docker save {image}"
