"""The README's table of faults is made of the accounts, and of nothing else."""

from pathlib import Path

import pytest

from tests.faults.processes.account import Account
from tests.faults.processes.table import BEGIN, END, put_into, table

ACCOUNTS = [
    Account("executor killed", 2000, 15, 14, 4, 0, 0, 61.2, ()),
    Account("FLUSHALL", 1000, 2, 2, 0, 127, 1, 30.0, ()),
]


def test_every_account_is_a_row() -> None:
    head, rule, *rows = table(ACCOUNTS).splitlines()
    assert rows == ["| executor killed | 2,000 | 15 | 14 | 4 | 0 | 0 |", "| FLUSHALL | 1,000 | 2 | 2 | 0 | 127 | 1 |"]
    assert head.count("|") == rule.count("|") == rows[0].count("|")


def test_only_what_stands_between_the_marks_is_replaced(tmp_path: Path) -> None:
    document = tmp_path / "README.md"
    document.write_text(f"before\n{BEGIN}old\n{END}after\n")
    for text in ("new\n", "newer\n"):
        put_into(document, text)
        assert document.read_text() == f"before\n{BEGIN}{text}{END}after\n"


@pytest.mark.parametrize("content", ["", BEGIN, END, f"{END}{BEGIN}", f"{BEGIN}{END}{BEGIN}{END}"])
def test_a_document_without_one_pair_of_marks_is_left_alone(tmp_path: Path, content: str) -> None:
    document = tmp_path / "README.md"
    document.write_text(content)
    with pytest.raises(ValueError, match="one pair"):
        put_into(document, "new\n")
    assert document.read_text() == content


def test_the_readme_has_the_marks() -> None:
    text = Path("README.md").read_text(encoding="utf-8")
    assert (text.count(BEGIN), text.count(END)) == (1, 1)
