"""Go's sources are edited where expected, or the image is not built."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

DIRECTORY = Path(__file__).parents[3] / "deploy/images/runner-go/warm"


@pytest.fixture(scope="module")
def edit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("go_edit", DIRECTORY / "edit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_place_that_is_not_found_ends_the_build(edit: ModuleType) -> None:
    with pytest.raises(SystemExit, match=r"x\.go: expected 1 times, found 0 times"):
        edit.edited("package x\n", [edit.Edit("nothing", "")], "x.go")


def test_a_place_that_is_found_too_often_ends_it_too(edit: ModuleType) -> None:
    with pytest.raises(SystemExit, match="expected 1 times, found 2 times"):
        edit.edited("a a", [edit.Edit("a", "b")], "x.go")


def test_a_place_is_edited_as_often_as_is_said(edit: ModuleType) -> None:
    assert edit.edited("a a c", [edit.Edit("a", "b", 2), edit.Edit("c", "d")], "x.go") == "b b d"


def test_every_source_of_ours_is_used(edit: ModuleType) -> None:
    assert set(edit.FILES.values()) == {path.name for path in DIRECTORY.glob("*.go")}
