"""The accounts of a whole run as the table that stands in the README."""

from collections.abc import Sequence
from pathlib import Path

from tests.faults.processes.account import Account

BEGIN, END = "<!-- faults: made by `python -m tests.faults --into README.md` -->\n", "<!-- /faults -->\n"
_COLUMNS = ("fault", "jobs", "strikes", "of them in mid-flight", "run again", "lost", "verdicts made again")


def table(accounts: Sequence[Account]) -> str:
    """One row a fault, in Markdown."""
    rows = [
        (
            account.name,
            *(f"{figure:,}" for figure in (account.jobs, account.strikes, account.mid_flight)),
            *(f"{figure:,}" for figure in (account.second_attempts, account.lost, account.verdicts)),
        )
        for account in accounts
    ]
    rule = "|---|" + "--:|" * (len(_COLUMNS) - 1)
    return "\n".join(("| " + " | ".join(_COLUMNS) + " |", rule, *("| " + " | ".join(row) + " |" for row in rows), ""))


def put_into(document: Path, text: str) -> None:
    """Replace what stands between the marks. Raises ValueError when there is not one pair of them."""
    before, begin, rest = document.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in after:
        raise ValueError(f"{document} has not one pair of the lines {BEGIN.strip()} and {END.strip()}")
    document.write_text(before + begin + text + end + after, encoding="utf-8")
