"""What accounts consist of: each value that fits, in its normal form, and each that does not, with the reason."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from http_edge.accounts import rules
from http_edge.accounts.rules import Fields
from http_edge.accounts.throttle import home
from http_edge.problems import Problem

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("Ada@Example.COM", "Ada@example.com"),
        ("ada+tag@example.com", "ada+tag@example.com"),
        ("ada@BÜCHER.example", "ada@bücher.example"),
        ("ada@intranet", "ada@intranet"),
        ("a\u0308da@example.com", "äda@example.com"),
    ],
)
def test_an_address_has_one_form(given: str, normal: str) -> None:
    assert rules.email_address(given) == normal
    assert rules.email_key(rules.email_address(given.upper())) == rules.email_key(normal)


@pytest.mark.parametrize(
    ("address", "known_as"),
    [
        ("Ada@example.com", "Ada@example.com"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@intranet", "ada@intranet"),
        ("codeportal@localhost", "codeportal@localhost"),
        ("äda@bücher.example", "äda@bücher.example"),
        ("no address", "no address"),
    ],
)
def test_a_domain_has_a_form_that_every_mail_server_takes(address: str, known_as: str) -> None:
    """Unless a server has to know other letters anyhow, for what is before it."""
    assert rules.mailbox(address) == known_as


@pytest.mark.parametrize(
    "given",
    ["", "ada", "@example.com", "ada@", "a da@example.com", "ada@exa\nmple.com", "a" * 300 + "@x.de"],
)
def test_what_is_no_address(given: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        rules.email_address(given)


@pytest.mark.parametrize("given", ["ten chars!", "x" * 128 + "abc", "пароль паролем", "        a b c        "])
def test_a_password_may_be_anything_long(given: str) -> None:
    assert rules.password(given) == given


@pytest.mark.parametrize("given", ["", "short one", "a" * 20, "abababababab", "Password123", "x" * 250 + "abcdefg"])
def test_a_password_that_is_guessed_first_is_none(given: str) -> None:
    with pytest.raises(ValueError, match=r"characters|guess"):
        rules.password(given)


@pytest.mark.parametrize(
    ("given", "kept"), [("  Ada  ", "Ada"), ("A\u0308", "Ä"), ("名前", "名前"), ("x" * 100, "x" * 100)]
)
def test_a_name_is_kept_tidy(given: str, kept: str) -> None:
    assert rules.name(given) == kept


@pytest.mark.parametrize("given", ["", "  ", "x" * 101, "a\nb", "a\u0000b", "a\u2028b", "a\x1b[31mb"])
def test_what_is_no_name(given: str) -> None:
    with pytest.raises(ValueError, match="characters"):
        rules.name(given)


def test_scopes_are_a_set_in_order() -> None:
    assert rules.scopes(["read", "execute", "read"]) == ("execute", "read")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2026-01-02T03:04:06Z", datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC)),
        ("2026-01-02T05:04:06+02:00", datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC)),
    ],
)
def test_an_expiry_is_a_moment(given: str, expected: datetime) -> None:
    assert rules.key_expiry(given, NOW) == expected


@pytest.mark.parametrize("given", ["2026-01-02T03:04:05Z", "2026-02-30T00:00:00Z", "2026-02-01", "2032-01-01T00:00Z"])
def test_what_is_no_expiry(given: str) -> None:
    with pytest.raises(ValueError, match="expected a time"):
        rules.key_expiry(given, NOW)
    assert NOW + rules.LONGEST_KEY_LIFE < datetime(2032, 1, 1, tzinfo=UTC) < NOW + timedelta(days=10_000)


def test_every_wrong_field_is_named_once() -> None:
    fields = Fields({"email": 1, "name": "", "extra": None, "other": 1}, "email", "name", "token")
    fields.take("email", rules.email_address, "")
    fields.take("name", rules.name, "")
    fields.take("token", rules.token, "")
    with pytest.raises(Problem) as refusal:
        fields.check()
    assert [error.field for error in refusal.value.errors] == ["extra", "other", "email", "name", "token"]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_a_customer_is_counted_as_one(address: str, expected: str) -> None:
    assert home(address) == expected


def test_a_header_is_kept_as_far_as_it_can_be_shown() -> None:
    assert rules.printable("Agent/1\x1b[31m\n" + "x" * 300, 20) == "Agent/1[31mxxxxxxxxx"


def test_an_unknown_kind_of_value_is_named() -> None:
    given: Any = {"name": ["a"]}
    fields = Fields(given, "name")
    fields.take("name", rules.name, "")
    with pytest.raises(Problem) as refusal:
        fields.check()
    assert refusal.value.errors[0].reason == "expected a string, got an array"
