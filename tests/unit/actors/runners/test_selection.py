"""Which containers are an executor's."""

from actors.runners.selection import Selection
from tests.unit.actors.runners.inspected import labelled


def test_containers_are_found_by_label() -> None:
    python = Selection("python")
    assert python.role(labelled("a", sandbox_language="python")) == "pool"
    assert python.role(labelled("a", sandbox_language="go")) is None
    assert python.role(labelled("a")) is None


def test_node_and_javascript_are_the_same_label() -> None:
    assert Selection("javascript").role(labelled("a", sandbox_language="node")) == "pool"


def test_pools_do_not_share() -> None:
    real = labelled("a", sandbox_language="python", sandbox_pool="codeportal")
    unsaid = labelled("b", sandbox_language="python")
    tests = labelled("c", sandbox_language="python", sandbox_pool="tests")
    assert [Selection("python").role(one) for one in (real, unsaid, tests)] == ["pool", "pool", None]
    assert [Selection("python", "tests").role(one) for one in (real, unsaid, tests)] == [None, None, "pool"]


def test_names_come_before_labels() -> None:
    selection = Selection("python", names=frozenset({"b"}), fallback="c")
    assert selection.role(labelled("a", sandbox_language="python")) is None
    assert selection.role(labelled("b")) == "pool"
    assert selection.role(labelled("c")) is None


def test_the_fallback_is_told_apart() -> None:
    assert Selection("python", fallback="c").role(labelled("c")) == "fallback"
    assert Selection("python", fallback="c").role(labelled("c", sandbox_language="python")) == "pool"
