import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.facts import Lane
from streams.jobid import Address, JobId, parse_address, parse_job_id, without_ids
from streams.position import Position

JOBS = st.builds(
    JobId,
    st.builds(
        Address,
        st.integers(0, 1023),
        st.from_regex(r"[a-z][a-z0-9+#.-]{0,31}", fullmatch=True),
        st.builds(Lane, st.sampled_from(["interactive", "batch"]), st.integers(0, 63)),
        st.builds(Position, st.integers(0, 2**47), st.integers(0, 2**32 - 1)),
    ),
    st.binary(min_size=8, max_size=8).map(bytes.hex),
)


@given(JOBS)
def test_an_id_names_its_job(job: JobId) -> None:
    assert parse_job_id(str(job)) == job


@given(JOBS)
def test_an_id_is_short_and_fits_into_a_path(job: JobId) -> None:
    assert len(str(job)) <= 96
    assert str(job).replace("-", "").replace("_", "").isalnum()


@given(st.text(max_size=120))
def test_other_texts_are_refused(text: str) -> None:
    try:
        job = parse_job_id(text)
    except ValueError:
        return
    assert str(job) == text


@pytest.mark.parametrize("change", [lambda text: text + "=", lambda text: text[:-1], lambda text: " " + text])
def test_an_id_has_one_spelling(change: object) -> None:
    text = str(JobId(Address(0, "python", Lane("interactive", 0), Position(1, 0)), "00" * 8))
    with pytest.raises(ValueError, match=r"."):
        parse_job_id(change(text))  # type: ignore[operator]


@given(JOBS)
def test_an_address_has_a_text_that_leads_back_to_it(job: JobId) -> None:
    assert parse_address(str(job.address)) == job.address


@given(JOBS, JOBS)
def test_an_addresss_text_holds_nothing_of_the_secret(job: JobId, other: JobId) -> None:
    """It is the same whatever the secret is, and no id."""
    assert str(JobId(job.address, other.nonce).address) == str(job.address)
    with pytest.raises(ValueError, match=r"."):
        parse_job_id(str(job.address))


@given(st.text(max_size=60) | JOBS.map(str))
def test_other_texts_are_no_addresses(text: str) -> None:
    with pytest.raises(ValueError, match="not the address of a job"):
        parse_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "0:python:interactive-0:01-0",
        "00:python:interactive-0:1-0",
        "0:python:interactive-00:1-0",
        "0:python:urgent-0:1-0",
        "0:Python:interactive-0:1-0",
        "0:python:interactive-0:1",
        " 0:python:interactive-0:1-0",
        "0:python:interactive-0:1-0\n",
    ],
)
def test_an_address_has_one_spelling(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_address(text)


@given(JOBS, st.sampled_from(["{}", "sandbox:{{0}}:job:{}", "job '{}' came", "/v1/execute/{}/events", "({}, {})"]))
def test_in_a_text_an_address_stands_for_its_id(job: JobId, around: str) -> None:
    assert without_ids(around.format(job, job)) == around.format(job.address, job.address)


@given(JOBS, st.sampled_from(["{}x", "{}-1", "x{}y", "{0}{0}"]))
def test_an_id_that_something_sticks_to_loses_its_secret(job: JobId, around: str) -> None:
    """At the end of an id is its language, which may take what follows for its own; the secret is gone either way."""
    said = without_ids(around.format(job))
    assert str(job) not in said
    assert str(job)[22:] not in said


@given(st.text())
def test_other_words_stay(text: str) -> None:
    assert without_ids(text) == text
