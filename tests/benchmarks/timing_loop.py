"""Times starts of a command. Runs by itself, on the host and inside a runner image; standard library only.

argv[1] is a JSON object: `argv`, `program` (a template whose `TOKEN` is new each time, or null), `path` (where the
program is written). Each line on standard input is a JSON object `{"count": n, "parallel": k}`, answered by a line
`{"seconds": [...], "elapsed": s}`. A start that says nothing is left out of `seconds`: on a busy machine
`docker exec` now and then loses what its command wrote.
"""

import json
import subprocess
import sys
import threading
import time
from typing import Any


def main() -> None:
    task = json.loads(sys.argv[1])
    for line in sys.stdin:
        print(json.dumps(_measure(task, **json.loads(line))), flush=True)  # noqa: T201 - the answer


def _measure(task: dict[str, Any], count: int, parallel: int) -> dict[str, Any]:
    seconds: list[float | None] = []
    shares = [range(lane, count, parallel) for lane in range(parallel)]
    threads = [threading.Thread(target=_starts, args=(task, share, seconds)) for share in shares]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(seconds) != count:
        raise SystemExit(f"{task['argv']} failed")
    elapsed = time.monotonic() - begun
    return {"seconds": [each for each in seconds if each is not None], "elapsed": elapsed}


def _starts(task: dict[str, Any], share: range, seconds: list[float | None]) -> None:
    for number in share:
        token = f"t{number}x{time.monotonic_ns()}"
        argv = [_filled(word, token, task, share.start) for word in task["argv"]]
        if task["program"] is not None:
            with open(_path(task, share.start), "w", encoding="utf-8") as file:  # noqa: PTH123 - pathlib is no smaller
                file.write(task["program"].replace("TOKEN", token))
        begun = time.monotonic()
        done = subprocess.run(argv, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, check=True)
        seconds.append(time.monotonic() - begun if token in done.stdout.decode() else None)


def _filled(word: str, token: str, task: dict[str, Any], lane: int) -> str:
    return word.replace("TOKEN", token).replace("PATH", _path(task, lane))


def _path(task: dict[str, Any], lane: int) -> str:
    return str(task["path"] or "").replace("LANE", str(lane))


if __name__ == "__main__":
    main()
