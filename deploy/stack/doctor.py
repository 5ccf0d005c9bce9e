"""`deploy/doctor`: what is there, what is missing, what would be unsafe. It changes nothing."""

import argparse

from deploy.stack.console import Console


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def main(console: Console, arguments: argparse.Namespace) -> int:
    return 0
