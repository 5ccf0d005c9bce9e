"""Numbers of things on the command line."""

import argparse


def count(text: str) -> int:
    """How many of something there may be at most. For argparse."""
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return int(text)


def skip(text: str) -> int:
    """How many to leave out first. For argparse."""
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of rows to leave out")
    return int(text)
