"""Query parameters, checked one by one: every wrong one is named, not just the first."""

from collections.abc import Callable
from typing import TypeVar

from starlette.requests import Request

from http_edge.problems import FieldError, Problem

T = TypeVar("T")


class Query:
    """The parameters of one request."""

    def __init__(self, request: Request) -> None:
        self._given = request.query_params
        self._errors: list[FieldError] = []

    def take(self, name: str, parse: Callable[[str], T], otherwise: T) -> T:
        """The value of `name` through `parse`, whose ValueError says what is wrong; `otherwise` when there is none."""
        values = self._given.getlist(name)
        if not values:
            return otherwise
        try:
            if len(values) > 1:
                raise ValueError("given more than once")
            return parse(values[0])
        except ValueError as error:
            self._errors.append(FieldError(name, str(error)))
            return otherwise

    def refuse(self, name: str, reason: str) -> None:
        """Something is wrong with `name` for a reason of its own."""
        self._errors.append(FieldError(name, reason))

    def check(self) -> None:
        """Raises Problem when anything was wrong."""
        if self._errors:
            raise Problem(400, "The request is not valid.", self._errors)


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """A parser of whole numbers from `low` to `high`."""

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 10 and low <= int(text) <= high):
            raise ValueError(f"expected a whole number from {low} to {high}")
        return int(text)

    return parse


def one_of(*choices: str) -> Callable[[str], str]:
    """A parser of these words."""

    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f"expected one of {', '.join(choices)}")
        return text

    return parse


def word(longest: int) -> Callable[[str], str]:
    """A parser of any text of so many characters."""

    def parse(text: str) -> str:
        if not 1 <= len(text) <= longest or "\0" in text:
            raise ValueError(f"expected 1 to {longest} characters, none of them NUL")
        return text

    return parse
