"""Durations on the command line, in the syntax of the API."""

import argparse
from datetime import timedelta

from streams.duration import parse_duration


def duration(text: str) -> str:
    """`text`, which is a positive duration. For argparse."""
    if parse_or_refuse(text) <= timedelta(0):
        raise argparse.ArgumentTypeError(f"{text!r} is not longer than nothing")
    return text


def seconds(text: str) -> float:
    """The seconds of a duration. For argparse."""
    return max(parse_or_refuse(text).total_seconds(), 0.0)


def parse_or_refuse(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
