"""When the tests' virtual environment is made anew."""

from pathlib import Path

import pytest

from deploy.stack import venv

PROJECT = """
[build-system]
requires = ["setuptools"]
[project]
name = "codeportal"
[tool.setuptools]
packages = ["streams"]
[tool.ruff]
line-length = 120
"""


@pytest.mark.parametrize(
    ("old", "new", "anew"),
    [
        ('"streams"', '"streams", "actors"', True),
        ('name = "codeportal"', 'name = "codeportal"\nversion = "2"', True),
        ("120", "100", False),
    ],
)
def test_what_is_packaged_counts_and_how_it_is_checked_does_not(
    old: str, new: str, anew: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(venv, "ROOT", tmp_path)
    digests = []
    for text in (PROJECT, PROJECT.replace(old, new)):
        (tmp_path / "pyproject.toml").write_text(text)
        digests.append(venv._inputs())  # noqa: SLF001 - what decides; making one takes half a minute
    assert (digests[0] != digests[1]) is anew
