"""A warm start and a cold one cannot be told apart by the program."""

import re

import pytest

from tests.integration.agent.agent_client import Header
from tests.integration.agent.conftest import Runners

pytestmark = pytest.mark.docker

ADDRESS = re.compile(rb"0x[0-9a-f]+|(?<=started )[0-9]+")

PYTHON = {
    "modules": "import sys; print(list(sys.modules))",
    "names": "print(sorted(globals()), __name__, __file__, __builtins__, __loader__, __spec__)",
    "path": "import sys; print(sys.path, sys.argv, sys.orig_argv, sys.executable, sys.flags, sys.warnoptions, sys._xoptions)",
    "importers": "import sys; print(list(sys.path_importer_cache), sys.path_hooks, sys.meta_path)",
    "site": "import site; print(site.USER_BASE, site.USER_SITE, site.ENABLE_USER_SITE, site.PREFIXES)",
    "environment": "import os; print(os.environ, os.environb)",
    "descriptors": "import os; print(sorted(os.listdir('/proc/self/fd')), [os.fstat(n).st_mode for n in range(3)])",
    "streams": "import sys; print([(f, f.buffer, f.buffer.raw, f.line_buffering, f.isatty()) for f in (sys.stdin, sys.stdout, sys.stderr)].__repr__().count('x'))",
    "stream names": "import sys; print(sys.stdin, sys.stdout, sys.stderr, sys.stdin.buffer.raw, sys.stdout.buffer.raw)",
    "dev streams": "print(open('/dev/stdin').read(), file=open('/dev/stdout', 'w'))",
    "process": "import os; print(os.getuid(), os.geteuid(), os.getgid(), os.getgroups(), os.getppid(), os.getsid(0) == os.getpid(), os.getcwd(), os.umask(0))",
    "own files": "import os; s = os.stat('/proc/self/fd'); print(s.st_uid, open('/proc/self/cmdline').read().split(chr(0))[:2], open('/proc/self/comm').read(), os.access('/proc/self/mem', os.W_OK))",
    "status": "print([l for l in open('/proc/self/status') if l.split(':')[0] in ('Name', 'Uid', 'Gid', 'Groups', 'Threads', 'SigBlk', 'SigIgn', 'SigCgt', 'CapPrm', 'CapEff', 'NoNewPrivs', 'Seccomp', 'TracerPid')])",
    "limits": "print(open('/proc/self/limits').read(), open('/proc/self/oom_score_adj').read())",
    "frames": "import sys\nf = sys._getframe()\nwhile f: print(f.f_code.co_filename, f.f_lineno); f = f.f_back",
    "traceback": "def f(): raise ValueError('x')\nf()",
    "chained": "try: 1 / 0\nexcept ZeroDivisionError as e: raise KeyError('k') from e",
    "syntax error": "x = (1,\nprint(x",
    "encoding error": b"# -*- coding: utf-8 -*-\nprint('\xff')",
    "source with a nul": b"print(1)\x00",
    "exit text": "import sys; sys.exit('bye')",
    "exit none": "raise SystemExit",
    "exit big": "import sys; sys.exit(300)",
    "interrupt": "raise KeyboardInterrupt",
    "real interrupt": "import os, signal; os.kill(os.getpid(), signal.SIGINT)",
    "broken pipe": "import signal; print(signal.getsignal(signal.SIGPIPE), signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGXFSZ))",
    "atexit": "import atexit; atexit.register(print, 'last'); print('first')",
    "thread at exit": "import threading, time; threading.Thread(target=lambda: (time.sleep(0.05), print('thread'))).start(); print('main', threading.main_thread(), threading.active_count())",
    "unflushed": "import sys; sys.stdout.write('no newline')",
    "os exit": "import os; print('lost', end=''); os._exit(4)",
    "abort": "import os; os.abort()",
    "recursion": "def f(): f()\nf()",
    "finalisers": "class A:\n  def __del__(self): print('deleted')\na = A()",
    "spawn": "import multiprocessing as m\ndef f(x): return x * 2\nif __name__ == '__main__':\n  for kind in ('fork', 'spawn', 'forkserver'):\n    with m.get_context(kind).Pool(2) as p: print(kind, p.map(f, [1, 2]))",
    "subprocess": "import subprocess, sys; print(subprocess.run([sys.executable, '-c', 'import sys; print(sys.argv, sys.path)'], capture_output=True, text=True).stdout)",
    "asyncio": "import asyncio\nasync def f():\n  p = await asyncio.create_subprocess_exec('echo', 'x', stdout=-1)\n  print(await p.communicate())\nasyncio.run(f())",
    "warnings": "import warnings; warnings.warn('careful'); print(warnings.filters)",
    "import of itself": "import main; print(main.__name__)",
    "garbage": "import gc; print(gc.get_threshold(), gc.isenabled(), gc.get_freeze_count(), gc.garbage)",
    "late imports": "import _socket, _ctypes, pwd, resource, ctypes, socket; print(ctypes.CDLL(None).getpid() > 1, pwd.getpwuid(65534).pw_name, socket.AF_INET)",
    "input": "print(input('? '), input())",
    "locale": "import locale, sys; print(locale.setlocale(locale.LC_ALL), sys.getfilesystemencoding(), sys.stdout.encoding, sys.stdout.errors, sys.stderr.errors)",
}
JAVASCRIPT = {
    "process": "console.log(process.argv, process.execArgv, process.execPath, process.title, process.cwd(), process.env)",
    "identity": "console.log(process.getuid(), process.getgroups(), process.ppid, process.umask(), process.exitCode)",
    "module": "console.log(require.main === module, module.id, module.filename, module.children, module.paths, Object.keys(require.cache), module.parent)",
    "module internals": "const M = require('module'); console.log(Object.keys(M._cache), Object.keys(M._pathCache), M.globalPaths, process._preload_modules)",
    "keys": "console.log(Object.getOwnPropertyNames(process).sort().join(), Object.getOwnPropertyNames(globalThis).join())",
    "descriptors": "console.log(require('fs').readdirSync('/proc/self/fd').length)",
    "status": "console.log(require('fs').readFileSync('/proc/self/status','utf8').split('\\n').filter(l => /^(Uid|Gid|Groups|CapPrm|CapEff|SigBlk|SigIgn)/.test(l)))",
    "error": "throw new Error('x')",
    "deep error": "function f() { throw new TypeError('x') }\nfunction g() { f() }\ng()",
    "async error": "Promise.reject(new Error('x'))",
    "syntax error": "let x = ;",
    "stack": "console.log(new Error('here').stack)",
    "module error": "import x from 'nothing-here';",
    "esm": "import fs from 'fs'; console.log(import.meta.url, import.meta.main, typeof require)",
    "esm await": "console.log(await Promise.resolve(1)); throw new Error('later')",
    "exit": "process.exitCode = 5",
    "exit hooks": "process.on('exit', c => console.log('exit', c)); process.on('beforeExit', () => console.log('before'))",
    "stdin": "process.stdin.on('data', d => console.log('got ' + d)).on('end', () => console.log('end'))",
    "stdin at once": "console.log(require('fs').readFileSync(0, 'utf8'), require('fs').readFileSync('/dev/stdin', 'utf8').length)",
    "readline": "require('readline').createInterface({ input: process.stdin }).on('line', l => console.log('line', l))",
    "worker": "const { Worker, isMainThread } = require('worker_threads'); new Worker('console.log(process.execArgv, Object.keys(require.cache), process._preload_modules)', { eval: true })",
    "worker file": "const w = require('worker_threads'); if (w.isMainThread) new Worker_(); else console.log(process.argv, process.execArgv, require.main === module); function Worker_() { new w.Worker(__filename) }",
    "fork": "const c = require('child_process'); if (process.send) { console.log(process.execArgv, process.argv); process.disconnect() } else c.fork(__filename)",
    "child": "console.log(require('child_process').execSync('id -u; echo $HOME; ls /proc/self/fd | wc -l').toString())",
    "timers": "setTimeout(() => console.log('timer'), 20); setImmediate(() => console.log('immediate')); process.nextTick(() => console.log('tick'))",
    "abort": "process.abort()",
    "signal": "process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 1000)",
    "warning": "new Buffer(1)",
    "big output": "process.stdout.write('x'.repeat(300000)); console.log('end')",
}


def _essence(result: Header) -> dict[str, object]:
    names = ("outcome", "stage", "exit_code", "signal", "truncated", "error")
    texts = {name: ADDRESS.sub(b"", result[name]) for name in ("stdout", "stderr")}
    return {name: result[name] for name in names} | texts


def _both(runners: Runners, language: str, source: str | bytes) -> tuple[dict[str, object], dict[str, object]]:
    results = []
    for warm in ("on", "off"):
        client = runners.get(language, warm).connect()
        try:
            limits = {"output_bytes": 1 << 20}
            results.append(_essence(client.run(source, stdin=b"one\ntwo\n", args=["a", "b c"], limits=limits)))
        finally:
            client.close()
    return results[0], results[1]


@pytest.mark.parametrize("name", PYTHON)
def test_python(runners: Runners, name: str) -> None:
    warm, cold = _both(runners, "python", PYTHON[name])
    assert warm == cold


@pytest.mark.parametrize("name", JAVASCRIPT)
def test_javascript(runners: Runners, name: str) -> None:
    warm, cold = _both(runners, "javascript", JAVASCRIPT[name])
    assert warm == cold
