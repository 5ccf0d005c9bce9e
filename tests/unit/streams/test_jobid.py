import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.facts import Lane
from streams.jobid import Address, JobId, parse_job_id
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
