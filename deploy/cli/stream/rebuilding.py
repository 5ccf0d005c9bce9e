"""`codeportal rebuild`, `codeportal verify`: the hashes, made anew from the streams or compared with them."""

import argparse
import json
import sys
import time
from collections.abc import Callable

from deploy.cli import exits
from deploy.cli.counts import count
from deploy.cli.stream.access import Access, stream_command
from deploy.cli.stream.words import visible
from deploy.cli.terminal import Progress, say, table
from streams.replay.rebuild import rebuild as rebuild_hashes
from streams.replay.verify import Difference, Verified
from streams.replay.verify import verify as verify_hashes

_BAR = 30
SHOWN = 80


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="the result as one JSON object")


def add_verify_arguments(parser: argparse.ArgumentParser) -> None:
    add_arguments(parser)
    parser.add_argument("-n", "--limit", metavar="N", type=count, default=50, help="differences shown (default: 50)")


async def rebuild(access: Access) -> int:
    """Make all hashes anew."""
    started, progress = time.monotonic(), Progress(sys.stderr)
    rebuilt = await rebuild_hashes(access.wire, access.target.streams.job_ttl, bar(progress))
    progress.clear()
    seconds = time.monotonic() - started
    jobs = sum(rebuilt.outcomes.values())
    if access.arguments.json:
        counts = dict(rebuilt.outcomes)
        print(json.dumps({"jobs": jobs, **counts, "malformed": rebuilt.malformed, "seconds": round(seconds, 3)}))
        return 0
    print(f"{jobs} jobs from {rebuilt.entries} entries in {seconds:.1f} s")
    words = {
        "same": "were as they should be",
        "changed": "were put right",
        "made": "were missing and are there again",
        "expired": "are past JOB_TTL and stay away",
    }
    for outcome, said in words.items():
        if rebuilt.outcomes[outcome]:
            print(f"  {rebuilt.outcomes[outcome]} {said}")
    if rebuilt.malformed:
        print(f"  {rebuilt.malformed} entries are no facts")
    return 0


async def verify(access: Access) -> int:
    """Compare all hashes with the streams; 1 when something differs."""
    progress = Progress(sys.stderr)
    verified = await verify_hashes(access.wire, access.job_ttl_ms, bar(progress))
    progress.clear()
    if access.arguments.json:
        print(json.dumps(_as_object(verified), indent=2))
    else:
        print(_render(verified, access.arguments.limit))
    return exits.DIFFERENT if verified.differences else 0


def bar(progress: Progress) -> Callable[[int, int], None]:
    """Shows how far a reading is."""

    def show(read: int, total: int) -> None:
        done = read / total if total else 0.0
        filled = round(_BAR * min(done, 1.0))
        text = (
            f"{'█' * filled}{'░' * (_BAR - filled)} {done:4.0%}  {read} of {total} entries"
            if total
            else f"{read} lines"
        )
        progress.show(text)

    return show


def _as_object(verified: Verified) -> dict[str, object]:
    return {
        "compared": verified.compared,
        "outlived": verified.outlived,
        "malformed": verified.malformed,
        "differences": [
            {
                "job": each.job_id,
                "kind": each.kind,
                "field": each.field,
                "live": _shown(each.live),
                "folded": _shown(each.folded),
            }
            for each in verified.differences
        ],
    }


def _render(verified: Verified, limit: int) -> str:
    lines = [f"{verified.compared} hashes compared with what the streams fold to"]
    lines += [f"{verified.outlived} are older than what the streams still have"] if verified.outlived else []
    lines += [f"{verified.malformed} entries are no facts"] if verified.malformed else []
    if not verified.differences:
        return "\n".join((*lines, "all equal"))
    rows = [_row(each) for each in verified.differences[:limit]]
    more = len(verified.differences) - len(rows)
    lines += ["", table(("JOB", "FIELD", "LIVE", "FOLDED"), rows)]
    lines += [f"… {more} more (--limit)"] if more > 0 else []
    say("`codeportal rebuild` puts differing and missing hashes right")
    return "\n".join(lines)


def _row(each: Difference) -> tuple[str, str, str, str]:
    if each.kind == "missing":
        return each.job_id, "(hash)", "missing", ""
    if each.kind == "no facts":
        return visible(each.job_id), "(hash)", "there", "no facts"
    return (
        each.job_id,
        visible(each.field or ""),
        visible(_shown(each.live) or "-"),
        visible(_shown(each.folded) or "-"),
    )


def _shown(value: bytes | None) -> str | None:
    if value is None:
        return None
    text = value.decode(errors="replace")
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(value)} bytes)"


REBUILD = stream_command(
    "rebuild",
    "Make all job hashes anew from the streams, while the system works.",
    add_arguments,
    rebuild,
    epilog="Writes: each hash is swapped in one step, and never for an older state. May be repeated at any time.",
)
VERIFY = stream_command(
    "verify",
    "Say whether the live hashes are what the streams fold to; exit code 1 when not.",
    add_verify_arguments,
    verify,
    epilog="Read-only.",
)
