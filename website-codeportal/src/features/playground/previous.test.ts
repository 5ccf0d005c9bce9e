// @vitest-environment jsdom
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Source } from "@/shared/api/history";
import { EXAMPLES, firstProgram } from "@/shared/execution/examples";
import { FIRST, withCode, type Draft } from "./draft";
import { forgetPrevious, loadPrevious, setAside, takeBack } from "./previous";
import { draftOf } from "./submission";

const MINE = withCode(FIRST, "print('an hour of work')\n");

function source(code: string): Source {
  return { id: "shared", language: "python", code, stdin: "", args: [], files: [] };
}

/** Opens a link in the playground that holds `draft`; what it holds then. */
function open(draft: Draft, code: string): Draft {
  const opened = draftOf(source(code), draft);
  setAside(draft, opened);
  return opened;
}

beforeEach(() => {
  localStorage.clear();
  forgetPrevious();
});

describe("the draft of before", () => {
  it("is what somebody typed, until it is brought back", () => {
    const opened = open(MINE, "print('theirs')");
    expect(loadPrevious()).toEqual(MINE);
    expect(takeBack(opened)).toEqual(MINE);
    expect(loadPrevious()).toBeNull();
  });

  it.each([
    ["nothing", FIRST],
    ["the first program as it was", withCode(FIRST, firstProgram("python"))],
    ["an example with its input", { ...withCode(FIRST, EXAMPLES[2]?.code ?? ""), stdin: EXAMPLES[2]?.stdin ?? "" }],
  ])("is not %s", (_, draft) => {
    open(draft, "print('theirs')");
    expect(loadPrevious()).toBeNull();
  });

  it.each<[string, Partial<Draft>]>([
    ["a file", { files: [{ path: "a.txt", content: "mine", encoding: "utf-8" }] }],
    ["an input", { stdin: "mine" }],
    ["arguments", { arguments: "--mine" }],
    ["a limit", { wall: "60s" }],
    ["a program in another language", { programs: { go: "package mine" } }],
  ])("is also %s", (_, given) => {
    open({ ...FIRST, ...given }, "print('theirs')");
    expect(loadPrevious()).toEqual({ ...FIRST, ...given });
  });

  it("gives way to no link that was only looked at, and to no example", () => {
    const first = open(MINE, "print('theirs')");
    const second = open({ ...first, language: "go" }, "print('another')\r\n");
    open(withCode(second, "print('another')\n"), "print('the third')"); // as the editor ends lines
    expect(loadPrevious()).toEqual(MINE);
    open(FIRST, "print('the fourth')");
    expect(loadPrevious()).toEqual(MINE);
  });

  it("stays what it is where a link has what is there already", () => {
    open(MINE, "print('an hour of work')\n");
    expect(loadPrevious()).toBeNull();
  });

  it("changes places with what was typed since", () => {
    const changed = withCode(open(MINE, "print('theirs')"), "print('theirs, changed')");
    expect(takeBack(changed)).toEqual(MINE);
    expect(loadPrevious()).toEqual(changed);
    expect(takeBack(MINE)).toEqual(changed);
    expect(loadPrevious()).toEqual(MINE);
  });

  it("lives as long as the page where it cannot be kept, and is kept without its files", () => {
    const kept = new Map<string, string>();
    vi.spyOn(Storage.prototype, "getItem").mockImplementation((key) => kept.get(key) ?? null);
    vi.spyOn(Storage.prototype, "removeItem").mockImplementation((key) => kept.delete(key));
    vi.spyOn(Storage.prototype, "setItem").mockImplementation((key, value) => {
      if (value.length > 500) throw new DOMException("full", "QuotaExceededError");
      kept.set(key, value);
    });
    const large = { ...MINE, files: [{ path: "a.txt", content: "a".repeat(1_000), encoding: "utf-8" as const }] };
    open(large, "print('theirs')");
    expect(loadPrevious()).toEqual(large);
    expect(JSON.parse([...kept.values()][0] ?? "")).toMatchObject({ draft: { ...MINE, files: [] } });
    forgetPrevious();
    expect(loadPrevious()).toBeNull();
  });
});
