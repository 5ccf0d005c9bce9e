"""A script gets of the prelude what it names, and nothing else."""

from streams.redis.scripts import needed_of

PRELUDE = b"""-- About it.

-- One.
local function one() return 1 end

local TWO, THREE = 2, 3

local function four()
  return one() + THREE
end

local function five() return 5 end
"""


def test_what_a_script_names_comes_with_what_that_names() -> None:
    assert (
        needed_of(PRELUDE, b"return four()") == PRELUDE[len(b"-- About it.\n\n") :].partition(b"local function five")[0]
    )


def test_what_nobody_names_stays_away() -> None:
    assert needed_of(PRELUDE, b"return redis.call('TIME')") == b""
    assert needed_of(PRELUDE, b"return one()") == b"-- One.\nlocal function one() return 1 end\n\n"


def test_a_name_within_another_is_none() -> None:
    assert needed_of(PRELUDE, b"return someone + TWOFOLD + five5") == b""
