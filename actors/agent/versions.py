"""At image build: replace the version commands in runtime.json by what they print."""

import json
import re
import subprocess
import sys


def main(path: str) -> None:
    with open(path, encoding="utf-8") as file:
        runtime = json.load(file)
    for name, command in runtime["versions"].items():
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found = re.search(r"\d+\.\d+(\.\d+)?", printed)
        if found is None:
            sys.exit(f"{command} printed no version: {printed!r}")
        runtime["versions"][name] = found.group()
    with open(path, "w", encoding="utf-8") as file:
        json.dump(runtime, file)


if __name__ == "__main__":
    main(sys.argv[1])
