"""Each row holds in a runner as it is, and fails in one that lacks the row's defence: none passes by accident."""

from contextlib import closing
from pathlib import Path

import pytest

from tests.hostile import at_agent
from tests.hostile.defences import lives, variation
from tests.hostile.row import LANGUAGES, Row, problems, rows
from tests.integration.agent.containers import Runner, runner

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1200)]

GROUPS = sorted({(row.language, row.without) for row in rows()})


def of(language: str, without: str | None = None) -> list[Row]:
    return [row for row in rows() if row.language == language and without in (None, row.without)]


def broken(row: Row, place: Runner, kept_by: at_agent.Keeper = "cgroup") -> list[str]:
    """In what `row` fails in `place`; a runner that cannot even answer has failed, too."""
    try:
        with closing(place.connect()) as client:
            found = problems(row.expected, at_agent.run(row, place, client, kept_by))
    except (OSError, TimeoutError, AssertionError) as error:
        return [f"no answer: {error}; {place.state()}"]
    left = at_agent.processes_left(place) if row.leaves_nothing else []
    return found + [f"left running: {left}"] * bool(left)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_row_holds_in_a_runner_as_it_is(language: str, tmp_path: Path) -> None:
    with runner(language, tmp_path) as place:
        failed = {str(row): found for row in of(language) if (found := broken(row, place))}
    assert not failed


@pytest.mark.parametrize(("language", "without"), GROUPS)
def test_every_row_fails_without_its_defence(language: str, without: str, tmp_path: Path) -> None:
    changed, environment = variation(language, without)
    passed = []
    kept_by: at_agent.Keeper = "nobody" if without in ("pids", "memory") else "cgroup"
    for row in of(language, without):
        for _ in range(lives(language, without)):
            # A new one each: what a weak runner let through may have broken it.
            with runner(language, tmp_path, changed, **environment) as place:
                if broken(row, place, kept_by):
                    break
        else:
            if row.off_may_pass is None:
                passed.append(str(row))
    assert not passed, "these rows pass with their defence switched off"
