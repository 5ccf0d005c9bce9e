"""What Redis says that an idempotency key stands for."""

from streams.facts import Lane, Submission
from streams.jobid import Address, JobId
from streams.ports import IdempotencyConflictError
from streams.position import Position


def stands_for(
    submission: Submission, partition: int, body: bytes, position: bytes, nonce: bytes, kind: bytes, number: bytes
) -> JobId:
    """The job that the key of `submission` stands for. Raises IdempotencyConflictError when it was another request."""
    assert submission.idempotency is not None  # noqa: S101 - narrows the type; the callers have checked
    if body.decode() != submission.idempotency.body:
        raise IdempotencyConflictError
    lane = Lane("batch" if kind == b"batch" else "interactive", int(number))
    return JobId(Address(partition, submission.language, lane, Position.parse(position)), nonce.decode())
