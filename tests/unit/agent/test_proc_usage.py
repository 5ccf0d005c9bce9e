"""Sums over a recorded /proc, as under gVisor, where a container sees no cgroup."""

import os
from pathlib import Path

from actors.agent.proc_usage import cpu_ns, used_bytes

TICK = 1_000_000_000 // os.sysconf("SC_CLK_TCK")


def record(proc: Path, pid: int, comm: str, utime: int, cutime: int, pages: int) -> None:
    fields = ["S", "1", *["0"] * 9, str(utime), "1", str(cutime), "2", *["0"] * 6, str(pages), "0"]
    (proc / str(pid)).mkdir()
    (proc / str(pid) / "stat").write_text(f"{pid} ({comm}) {' '.join(fields)}\n")


def test_cpu_time_counts_the_living_and_the_dead_once(tmp_path: Path) -> None:
    record(tmp_path, 1, "python3.13", 10, 30, 5)
    record(tmp_path, 7, "a) (b", 4, 0, 2)
    (tmp_path / "self").mkdir()
    assert cpu_ns(tmp_path) == TICK * (10 + 1 + 30 + 2 + 4 + 1 + 0 + 2)


def test_memory_in_use_is_what_is_not_free(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal:  2048 kB\nMemFree:   1024 kB\nCached: 5 kB\n")
    assert used_bytes(tmp_path) == 1 << 20
