"""Which places are judged by what their file system uses."""

from pathlib import Path

from actors.agent.cleanup import Unused


def test_a_place_on_a_disk_is_not_judged(tmp_path: Path) -> None:
    """Others write to a disk, too."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"36 35 98:0 / {tmp_path} rw,noatime - ext4 /dev/vda rw\n")
    unused = Unused([str(tmp_path)], mounts=str(mounts))
    (tmp_path / "x").write_bytes(bytes(1 << 20))
    assert unused.held() == []
