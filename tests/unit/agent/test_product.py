"""What is believed of a file in a place where a job can write."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from actors.agent import product as module
from actors.agent.product import Product, product, put


@pytest.fixture(autouse=True)
def whoever_we_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only root can act as others."""
    monkeypatch.setattr(module, "acting_as", lambda _uid, _gid: contextlib.nullcontext())


def look(path: Path, most: int = 100) -> Product | None:
    return product(str(path), 1, 1, most)


def descriptors() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


def test_what_the_compiler_left_is_handed_on(tmp_path: Path) -> None:
    main = tmp_path / "main"
    main.write_bytes(b"ELF")
    found = look(main)
    assert found is not None
    assert found.take() == b"ELF"


def test_a_file_that_is_replaced_meanwhile_is_still_what_the_compiler_left(tmp_path: Path) -> None:
    main = tmp_path / "main"
    main.write_bytes(b"ELF")
    found = look(main)
    assert found is not None
    main.unlink()
    main.write_bytes(b"bad")
    assert found.take() == b"ELF"


@pytest.mark.parametrize(
    "change",
    [
        lambda main: main.write_bytes(b"bad"),
        lambda main: main.write_bytes(b"ELFx"),
        lambda main: main.write_bytes(b""),
        lambda main: os.truncate(main, 2),
    ],
)
def test_a_file_that_was_changed_is_not_handed_on(tmp_path: Path, change: Callable[[Path], object]) -> None:
    main = tmp_path / "main"
    main.write_bytes(b"ELF")
    found = look(main)
    assert found is not None
    change(main)
    assert found.take() is None


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    main = tmp_path / "main"
    main.write_bytes(b"ELF")
    before = descriptors()
    assert look(main, most=2) is None
    found = look(main)
    assert found is not None
    os.truncate(main, 1)
    found.take()
    assert descriptors() == before


def test_only_a_file_of_its_own_name_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"ELF")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "directory").mkdir()
    (tmp_path / "empty").touch()
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "directory", "empty", "pipe", "nothing"):
        assert look(tmp_path / name) is None, name


@pytest.mark.parametrize("there", ["nothing", "file", "link"])
def test_a_build_takes_the_place_of_what_is_there(tmp_path: Path, there: str) -> None:
    main, other = tmp_path / "main", tmp_path / "other"
    other.write_bytes(b"untouched")
    if there == "file":
        main.write_bytes(b"of the job's files")
    elif there == "link":
        main.symlink_to(other)
    before = os.umask(0o022)
    try:
        put(str(main), b"ELF", 1, 1)
    finally:
        os.umask(before)
    assert (main.read_bytes(), main.is_symlink(), main.stat().st_mode & 0o777) == (b"ELF", False, 0o755)
    assert other.read_bytes() == b"untouched"
