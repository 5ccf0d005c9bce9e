"""Secrets that a stack makes for itself, once, and keeps in its own directory."""

import secrets
from pathlib import Path


def kept(state_dir: Path, name: str) -> str:
    """The secret in the file `name`, which only its owner may read; made when there is none."""
    path = state_dir / name
    if not path.exists():
        state_dir.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(24), encoding="ascii")
        draft.replace(path)
    return path.read_text(encoding="ascii")
