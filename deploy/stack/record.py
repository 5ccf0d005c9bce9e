"""What `deploy/up` started, kept next to the checkout so that `scale`, `down` and `doctor` mean the same stack."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.stack import settings
from deploy.stack.errors import DeployError
from deploy.stack.settings import StackSettings


@dataclass(frozen=True)
class StackRecord:
    """A started stack: its settings, its images (repository to reference) and its runners per language."""

    settings: StackSettings
    images: dict[str, str]
    runners: dict[str, int]


def load(state_dir: Path) -> StackRecord | None:
    """The record in `state_dir`, or None where nothing was started."""
    path = state_dir / "stack.json"
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return StackRecord(settings.from_json(values["settings"]), values["images"], values["runners"])
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise DeployError(f"{path} cannot be read: whoever ran deploy/up has to run this, too (sudo)") from error
    except (ValueError, KeyError, TypeError) as error:
        raise DeployError(f"{path} is damaged ({error}); remove it and run deploy/up again") from error


def save(record: StackRecord) -> None:
    values = {"settings": record.settings.as_json(), "images": record.images, "runners": record.runners}
    write_json(record.settings.state_dir / "stack.json", values)


def write_json(path: Path, values: dict[str, Any]) -> None:
    """Replaces `path` in one step; only its owner may read it (it can hold passwords)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
    draft.replace(path)
