"""The directories of the runners' sockets: root's own, so that nobody else on the host can pose as a runner."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from deploy.stack import packages
from deploy.stack.errors import DeployError


def make(job_dir: Path, names: Iterable[str]) -> None:
    """Makes `job_dir` and one directory in it per name, mode 0700. Refuses what somebody else has put there."""
    packages.require_root(f"making {job_dir}")
    job_dir.mkdir(parents=True, exist_ok=True)
    for directory in (job_dir, *(job_dir / name for name in names)):
        _make_private(directory)


def remove(job_dir: Path, names: Iterable[str]) -> None:
    """Removes the directories of runners that are gone."""
    for name in names:
        shutil.rmtree(job_dir / name, ignore_errors=True)


def complaint(directory: Path) -> str | None:
    """What is unsafe about a directory, or None."""
    if directory.is_symlink() or not directory.is_dir():
        return f"{directory} is no directory of its own"
    status = directory.stat()
    if status.st_uid != os.geteuid():
        return f"{directory} belongs to uid {status.st_uid}"
    if status.st_mode & 0o022:
        return f"{directory} can be written by others (mode {status.st_mode & 0o777:04o})"
    return None


def _make_private(directory: Path) -> None:
    directory.mkdir(mode=0o700, exist_ok=True)
    problem = complaint(directory)
    if problem:
        raise DeployError(f"SANDBOX_JOB_DIR: {problem}; remove it or choose another directory")
    directory.chmod(0o700)
