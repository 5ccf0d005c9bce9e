"""The outline of a body has its structure and its names, and bounds what can be made of it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from http_edge.outline import LONGEST_KEPT, MOST_VALUES, TooManyValuesError, outline

_TEXT = st.text(st.sampled_from('a"\\{[,:é\n😀'), max_size=8) | st.just('"\\' * LONGEST_KEPT)
_VALUES = st.recursive(
    _TEXT | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=20,
)


def emptied(value: Any, *, ascii_only: bool) -> Any:
    """`value` with its long strings empty."""
    match value:
        case str():
            return "" if len(json.dumps(value, ensure_ascii=ascii_only).encode()) - 2 > LONGEST_KEPT else value
        case list():
            return [emptied(each, ascii_only=ascii_only) for each in value]
        case dict():
            return {
                emptied(name, ascii_only=ascii_only): emptied(each, ascii_only=ascii_only)
                for name, each in value.items()
            }
    return value


@given(_VALUES, st.booleans())
def test_an_outline_is_the_same_but_for_long_strings(value: Any, ascii_only: bool) -> None:
    """Whatever quotes, backslashes and brackets its strings hold, and however they are spelled."""
    raw = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert json.loads(outline(raw)) == emptied(value, ascii_only=ascii_only)


@given(st.binary() | st.text(st.sampled_from('"\\{}[]:, a')).map(str.encode))
def test_what_is_no_json_has_an_outline_too(raw: bytes) -> None:
    assert len(outline(raw)) == len(raw)


@pytest.mark.parametrize("value", ["[]", "{}", "1", '""', '"x"', "null"])
def test_as_many_values_as_may_be_are_counted(value: str) -> None:
    """Inside others or not; one more is too much."""
    each = [value] * (MOST_VALUES // 2)
    outline(f"[{','.join(each)}]".encode())
    with pytest.raises(TooManyValuesError):
        outline(f"[{','.join(each * 2)},{value}]".encode())


def test_what_a_string_holds_is_not_counted() -> None:
    outline(json.dumps('{"a":[1,2]},' * MOST_VALUES).encode())


def test_names_are_counted_with_their_values() -> None:
    fields = ",".join(f'"{number}":"x"' for number in range(MOST_VALUES - 1))
    outline(f"{{{fields}}}".encode())
    with pytest.raises(TooManyValuesError):
        outline(f'{{{fields},"y":1,"z":1}}'.encode())
