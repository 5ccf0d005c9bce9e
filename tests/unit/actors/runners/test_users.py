"""A user of each runner's own."""

from hypothesis import given
from hypothesis import strategies as st

from actors.runners.users import NOBODYS_GROUP, Users

SYSTEMD_LAST, SIGNED_LAST = 0x6FFF_FFFF, 0x7FFF_FFFF


@given(st.text())
def test_never_root_and_never_an_id_that_somebody_has(container_id: str) -> None:
    uid, gid = Users().of(container_id)
    assert SYSTEMD_LAST < uid < 0x7FFE_0000 < SIGNED_LAST
    assert gid == NOBODYS_GROUP


def test_runners_differ_and_every_executor_says_the_same() -> None:
    ids = [f"{number:064x}" for number in range(1000)]
    assert len({Users().of(container_id) for container_id in ids}) == 1000
    assert Users().of(ids[0]) == Users().of(ids[0])


def test_whoever_names_a_user_gets_it() -> None:
    assert {Users((12, 34)).of(container_id) for container_id in ("a", "b")} == {(12, 34)}
