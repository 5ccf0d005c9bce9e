"""Pages have sizes and beginnings that are numbers of rows; everything else is refused before anything is read."""

import pytest

from deploy.cli.__main__ import COMMANDS, parser


@pytest.mark.parametrize("command", [["at", "now"], ["dead", "list"], ["groups"], ["consumers"], ["lag"]])
@pytest.mark.parametrize("wrong", ["-3", "x", "1.5", ""])
def test_a_page_that_begins_nowhere_is_refused(
    command: list[str], wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parser(COMMANDS, {}).parse_args([*command, "--skip", wrong])
    assert ended.value.code == 2
    assert "--skip" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", [["tail"], ["at", "now"], ["dead", "list"], ["groups"], ["lag"], ["verify"], ["account", "list"]]
)
@pytest.mark.parametrize("wrong", ["-3", "0", "x"])
def test_a_page_of_nothing_is_refused(command: list[str], wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser(COMMANDS, {}).parse_args([*command, "--limit", wrong])
    assert ended.value.code == 2
    assert "is no number above 0" in capsys.readouterr().err
