"""Fair shares of a host's runners."""

from actors.runners.sharing import GRACE, Share, executors_of
from streams.ports import ActorKind, ActorReport
from tests.unit.actors.virtual_time import START


def report(name: str, kind: ActorKind = "executor", language: str = "python", state: str = "running") -> ActorReport:
    return ActorReport(name=name, kind=kind, host="h", pid=1, started_at=START, language=language, state=state)


def test_executors_of_a_language_are_counted_this_one_among_them() -> None:
    reports = [report("a"), report("b", language="go"), report("c", kind="projector"), report("d", state="stopping")]
    assert executors_of(reports, "python", "me") == {"a", "me"}


def test_a_share_is_rounded_up() -> None:
    share = Share()
    share.recount(frozenset("ab"), 5, 0.0)
    assert share.allowance == 3


def test_what_others_leave_is_taken_after_a_grace() -> None:
    share = Share()
    share.recount(frozenset("ab"), 4, 10.0)
    assert not share.may_take_more(10.0 + GRACE - 0.1)
    assert share.may_take_more(10.0 + GRACE)
    assert not share.may_take_more(10.0 + GRACE)
    share.took_more()
    assert share.allowance == 3


def test_the_fair_share_is_back_when_anybody_comes_or_goes() -> None:
    share = Share()
    share.recount(frozenset("ab"), 4, 0.0)
    share.took_more()
    share.recount(frozenset("ab"), 4, 5.0)
    assert share.allowance == 3
    share.recount(frozenset("abc"), 4, 6.0)
    assert share.allowance == 2
