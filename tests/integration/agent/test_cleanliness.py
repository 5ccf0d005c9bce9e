"""Nothing of a job outlives it, and it learns of the agent no more than that it exists."""

import json

import pytest

from tests.integration.agent.agent_client import Client

pytestmark = pytest.mark.docker

PROCESSES = """
import os
for name in sorted(filter(str.isdigit, os.listdir('/proc')), key=int):
    try: status = open(f'/proc/{name}/status').read()
    except OSError: continue
    if 'Uid:\\t65534' in status and int(name) != os.getpid(): print(name, open(f'/proc/{name}/cmdline').read())
"""
EVERY_FILE = """
import os
for top in ('/job', '/tmp', '/dev/shm', '/dev/mqueue'):
    for directory, below, files in os.walk(top):
        print(*[os.path.join(directory, name) for name in below + files if name != 'main.py'], sep='\\n', end='')
"""

SURVIVORS = {
    "daemon": "import os, time\nif os.fork() == 0:\n os.setsid()\n if os.fork() == 0: time.sleep(100)\n",
    "deaf": "import os, signal, time\nif os.fork() == 0:\n for n in range(1, 32):\n"
    "  try: signal.signal(n, signal.SIG_IGN)\n  except OSError: pass\n time.sleep(100)\n",
    "stopped": "import os, signal\nif os.fork() == 0: os.kill(os.getpid(), signal.SIGSTOP)\n",
    "closed streams": "import os, time\nif os.fork() == 0:\n for n in range(3): os.close(n)\n time.sleep(100)\n",
    "fork bomb": "import os\ntry:\n while True: os.fork()\nexcept OSError: pass\n",
}
LITTER = {
    "files": "for n in range(500): open(f'f{n}', 'w').write('x'); open(f'/tmp/g{n}', 'w').write('x')",
    "locked directory": "import os; os.makedirs('a/b'); open('a/b/c', 'w'); os.chmod('a/b', 0); os.chmod('a', 0)",
    "deep": "import os\nfor _ in range(3000): os.mkdir('d'); os.chdir('d')",
    "wide": "import os\nfor n in range(3000): os.makedirs(f'w{n}/x')",
    "symbolic links": "import os; os.symlink('/', 'root'); os.symlink('/usr', '/tmp/usr'); os.symlink('.', 'self')",
    "odd names": "import os; [open(n, 'w') for n in (b'\\xff', b'-rf', b'a\\nb', b' ')]; os.mkfifo('fifo')",
    "shared memory": "import multiprocessing.shared_memory as s, os; s.SharedMemory('leak', True, 4096); os._exit(0)",
    "queue": "import os\ntry: open('/dev/mqueue/q', 'w')\nexcept OSError: pass",
    "full disk": "f = open('/job/full', 'wb', 0)\ntry:\n while True: f.write(bytes(1 << 20))\nexcept OSError: pass",
}


@pytest.mark.parametrize("name", SURVIVORS)
def test_no_process_survives(python: Client, name: str) -> None:
    python.run(SURVIVORS[name], limits={"wall_ms": 3000})
    assert python.run(PROCESSES)["stdout"] == b""


@pytest.mark.parametrize("name", LITTER)
def test_no_file_survives(python: Client, name: str) -> None:
    result = python.run(LITTER[name])
    assert (result["outcome"], result["exit_code"]) == ("exited", 0), result["stderr"]
    assert python.run(EVERY_FILE)["stdout"] == b""


def test_the_result_does_not_wait_for_survivors(python: Client) -> None:
    source = "import os, time\nif os.fork() == 0: time.sleep(60); print('late')\nelse: print('done', flush=True)"
    result = python.run(source)
    assert result["stdout"] == b"done\n"
    assert result["duration_ms"] < 3000


def test_the_agent_cannot_be_reached(python: Client) -> None:
    source = """
import os, signal, socket
def attempt(what):
    try: return what()
    except OSError as error: return error.errno
print(attempt(lambda: os.kill(1, 9)), attempt(lambda: os.setuid(0)), attempt(lambda: os.setpriority(0, 1, 19)))
for path in ('/opt/agent', '/run/sandbox', '/root', '/proc/1/fd'): print(attempt(lambda: os.listdir(path)))
for path in ('/proc/1/environ', '/proc/1/mem', '/proc/1/maps'): print(attempt(lambda: open(path).read()))
print(attempt(lambda: socket.socket(socket.AF_UNIX).connect('/run/sandbox/agent.sock')))
print(os.getuid(), os.getgroups())
"""
    assert python.run(source)["stdout"] == b"1 1 1\n" + 8 * b"13\n" + b"65534 []\n"


def test_capabilities_are_gone(python: Client) -> None:
    lines = python.run("print(open('/proc/self/status').read())")["stdout"].decode().splitlines()
    held = {name: int(value, 16) for name, _, value in (line.partition(":\t") for line in lines) if name[:3] == "Cap"}
    assert (held["CapPrm"], held["CapEff"], held["CapInh"], held["CapAmb"]) == (0, 0, 0, 0)
    assert "NoNewPrivs:\t1" in lines


@pytest.mark.parametrize(
    ("call", "number"),
    [("unshare", 272), ("mount", 165), ("ptrace", 101), ("bpf", 321), ("add_key", 248), ("keyctl", 250)],
)
def test_seccomp_refuses(python: Client, call: str, number: int) -> None:
    source = f"import ctypes; c = ctypes.CDLL(None, use_errno=True); c.syscall({number}, 0, 0, 0, 0)\n"
    source += "print(ctypes.get_errno())"
    assert python.run(source)["stdout"] == b"1\n", call


def test_a_go_runner_has_no_python(go: Client) -> None:
    source = 'package main\n\nimport (\n\t"fmt"\n\t"os/exec"\n)\n\nfunc main() {\n'
    source += '\t_, err := exec.LookPath("python3")\n\tfmt.Println(err != nil)\n}\n'
    assert go.run(source)["stdout"] == b"true\n"


def test_a_port_is_free_for_the_next_job(python: Client) -> None:
    source = "import socket\ns = socket.socket()\n"
    source += "s.bind(('127.0.0.1', 8099)); s.listen()\nc = socket.create_connection(('127.0.0.1', 8099))\n"
    source += "a, _ = s.accept(); a.sendall(b'x'); a.close(); c.recv(1); c.close(); s.close(); print('served')"
    assert [python.run(source)["stdout"] for _ in range(2)] == [b"served\n"] * 2


def test_environment_is_the_documented_one(python: Client) -> None:
    environment = json.loads(python.run("import json, os; print(json.dumps(dict(os.environ)))")["stdout"])
    assert set(environment) == {"PATH", "LANG", "TMPDIR", "HOME"}
