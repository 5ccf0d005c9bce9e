"""The loader of named SQL, and where the database is."""

import sys
from pathlib import Path

import pytest

from streams.env import Env, SettingError
from streams.postgres.queries import load_queries
from streams.postgres.settings import database_settings


def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **files: str) -> str:
    """A package with these files in its `sql/`."""
    name = f"package_{abs(hash(str(tmp_path)))}"
    folder = tmp_path / name / "sql"
    folder.mkdir(parents=True)
    (tmp_path / name / "__init__.py").write_text("")
    for file, content in files.items():
        (folder / f"{file}.sql").write_text(content)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, name, raising=False)
    return name


def test_each_query_is_what_stands_below_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = package(
        tmp_path,
        monkeypatch,
        a="-- About a.\n-- name: one\nSELECT 1\n\n-- name: two\nSELECT 2\n",
        b="-- name: b\nSELECT 3",
    )
    assert dict(load_queries(name)) == {"one": "SELECT 1", "two": "SELECT 2", "b": "SELECT 3"}


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({"a": "SELECT 1"}, "no query has a name"),
        ({"a": "-- name: one\nSELECT 1", "b": "-- name: one\nSELECT 2"}, "a second query is called one"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        load_queries(package(tmp_path, monkeypatch, **files))


def test_there_is_no_database_without_a_url() -> None:
    assert database_settings(Env({})) is None


def test_a_url_can_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://user@host/name\n")
    settings = database_settings(Env({"DATABASE_URL_FILE": str(tmp_path / "url")}))
    assert settings is not None
    assert settings.url == "postgresql://user@host/name"


@pytest.mark.parametrize("url", ["mysql://user:secret@host/name", "secret", "postgresql://[secret/name"])
def test_another_url_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(SettingError, match=r"DATABASE_URL=\(hidden\)") as refusal:
        database_settings(Env({"DATABASE_URL": url}))
    assert "secret" not in str(refusal.value)


def test_settings_do_not_show_the_password() -> None:
    assert "secret" not in repr(database_settings(Env({"DATABASE_URL": "postgresql://user:secret@host/name"})))
