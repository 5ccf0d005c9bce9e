"""Arguments, files and priority reach real programs in every language; records and links show what was submitted."""

import base64

import pytest

from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.docker]

FILES = [
    {"path": "data/in.txt", "content": "grüße"},
    {"path": "raw.bin", "content": base64.b64encode(bytes(range(256))).decode(), "encoding": "base64"},
]
PYTHON = "import sys; print(sys.argv[1:], open('data/in.txt').read(), len(open('raw.bin', 'rb').read()))"
JAVASCRIPT = (
    "const fs = require('fs');"
    "console.log(process.argv.slice(2), fs.readFileSync('data/in.txt', 'utf8'), fs.readFileSync('raw.bin').length)"
)
GO = """package main

import (
	"fmt"
	"os"
)

func main() {
	text, _ := os.ReadFile("data/in.txt")
	raw, _ := os.ReadFile("raw.bin")
	fmt.Println(os.Args[1:], string(text), len(raw))
}
"""


@pytest.mark.parametrize(
    ("language", "code", "said"),
    [
        ("python", PYTHON, "['-v', 'a b'] grüße 256\n"),
        ("javascript", JAVASCRIPT, "[ '-v', 'a b' ] grüße 256\n"),
        ("go", GO, "[-v a b] grüße 256\n"),
    ],
)
def test_arguments_and_files_reach_the_program(portal: Portal, language: str, code: str, said: str) -> None:
    job = portal.execute(language, code, args=["-v", "a b"], files=FILES)
    assert (job["status"], job["stdout"], job["stderr"]) == ("succeeded", said, "")


def test_a_program_of_several_files(portal: Portal) -> None:
    """Python imports what lies beside it; Go builds the whole package."""
    helper = [{"path": "helper/__init__.py", "content": "def answer(): return 42"}]
    assert portal.execute("python", "import helper; print(helper.answer())", files=helper)["stdout"] == "42\n"
    beside = [{"path": "helper.go", "content": "package main\n\nfunc answer() int { return 42 }\n"}]
    assert portal.execute("go", "package main\n\nfunc main() { println(answer()) }\n", files=beside)["stderr"] == "42\n"


def test_a_job_finds_nothing_of_the_files_of_another(portal: Portal) -> None:
    portal.execute("python", "print(1)", files=FILES)
    assert portal.execute("python", "import os; print(sorted(os.listdir('.')))")["stdout"] == "['main.py']\n"


def test_batch_jobs_run(portal: Portal) -> None:
    assert portal.execute("python", "print(1)", priority="batch")["status"] == "succeeded"


def test_what_was_submitted_and_what_happened_can_be_read(portal: Portal) -> None:
    job = portal.execute("python", PYTHON, args=["x"], files=FILES, stdin="in", limits={"wall": "2s"})
    source = portal.http.get(f"/v1/execute/{job['id']}/source").json()
    assert (source["code"], source["stdin"], source["args"]) == (PYTHON, "in", ["x"])
    assert [file["content"] for file in source["files"]] == [file["content"] for file in FILES]
    assert source["limits"]["wall"] == "2s"
    facts = portal.http.get(f"/v1/execute/{job['id']}/facts").json()["facts"]
    assert [fact["type"] for fact in facts] == ["submission", "started", "finished"]


def test_a_link_shows_a_job_until_it_is_revoked(portal: Portal) -> None:
    job = portal.execute("python", "print('shared')")
    made = portal.http.post(f"/v1/execute/{job['id']}/shares")
    assert made.status_code == 201, made.text
    path = f"/v1/shares/{made.json()['token']}"
    seen = portal.http.get(path).json()
    assert (seen["source"]["code"], seen["job"]["stdout"]) == ("print('shared')", "shared\n")
    assert job["id"] not in portal.http.get(path).text
    revoked = portal.http.delete(f"/v1/execute/{job['id']}/shares/{made.json()['id']}")
    assert revoked.status_code == 204
    assert portal.http.get(path).status_code == 404
