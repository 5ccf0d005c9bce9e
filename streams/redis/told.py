"""What the scripts tell those who wait, on the channel of a partition's status changes."""

from streams.ports import StatusChange

_FIELDS = ("submission", "started", "cancel_requested", "ending")


def status_change(message: bytes) -> StatusChange:
    """`<job id> <status>`, and after an ending what `whole_state` in lua/prelude.lua adds."""
    head, _, texts = message.partition(b"\n")
    job_id, status, *lengths = head.decode().split(" ")
    if not lengths:
        return StatusChange(job_id, status)  # type: ignore[arg-type]  # the script publishes the fold's own status
    fields, at = {"status": status.encode()}, 0
    for name, length in zip(_FIELDS, lengths, strict=True):
        if length != "-":
            fields[name] = texts[at : at + int(length)]
            at += int(length)
    return StatusChange(job_id, status, fields)  # type: ignore[arg-type]
