"""Finding a user's processes in a recorded /proc."""

import os
from pathlib import Path

from actors.agent.processes import any_listed


def record(proc: Path, pid: int, uids: str) -> None:
    (proc / str(pid)).mkdir()
    (proc / str(pid) / "status").write_text(f"Name:\tsleep\nUmask:\t0022\nUid:\t{uids}\nGid:\t77\t77\t77\t77\n")


def test_a_process_is_found_by_any_of_its_uids(tmp_path: Path) -> None:
    """Real, effective, saved, of the file system: a number that is part of another is none."""
    record(tmp_path, 1, "0\t0\t0\t0")
    record(tmp_path, 9, "5\t77\t5\t5")
    (tmp_path / "self").symlink_to("9")
    assert any_listed(77, str(tmp_path))
    assert not any_listed(7, str(tmp_path))


def test_a_name_that_is_no_text_hides_nothing(tmp_path: Path) -> None:
    """The kernel shows the bytes that a program gave its process; they once ended the agent."""
    record(tmp_path, 9, "77\t77\t77\t77")
    status = tmp_path / "9" / "status"
    status.write_bytes(status.read_bytes().replace(b"sleep", b"\xff\xfe"))
    assert any_listed(77, str(tmp_path))


def test_a_process_that_has_gone_is_none(tmp_path: Path) -> None:
    (tmp_path / "4").mkdir()
    assert not any_listed(77, str(tmp_path))


def test_the_look_ends_at_the_first(tmp_path: Path) -> None:
    """The others' files are pipes that nobody writes to: opening one would hang."""
    found = [entry.name for entry in _with_children(tmp_path, 20)]
    record_in = tmp_path / found[0] / "status"
    record_in.write_text("Uid:\t77\t77\t77\t77\n")
    for name in found[1:]:
        os.mkfifo(tmp_path / name / "status")
    assert any_listed(77, str(tmp_path))


def _with_children(proc: Path, number: int) -> list[os.DirEntry[str]]:
    """In the order in which they are listed."""
    for pid in range(100, 100 + number):
        (proc / str(pid)).mkdir()
    with os.scandir(proc) as entries:
        return list(entries)
