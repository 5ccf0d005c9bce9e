import { describe, expect, it } from "vitest";
import { EMPTY, LONGEST_LINE, MOST_LINES, MOST_SPANS, textOf, write, type Screen } from "./screen";

function lines(screen: Screen): string[] {
  return screen.blocks.flat().map(textOf);
}

function stdout(...texts: string[]): Screen {
  return texts.reduce((screen, text) => write(screen, "stdout", text), EMPTY);
}

describe("write", () => {
  it("cuts text into lines, with no empty one after the last newline", () => {
    expect(lines(stdout("one\ntwo\n"))).toEqual(["one", "two"]);
    expect(lines(stdout("\n\nthree"))).toEqual(["", "", "three"]);
  });

  it("gives the same picture however the text was cut", () => {
    const text = "a\u001b[31mred\u001b[0m\r\nnext\u001b]0;title\u0007 \u001b[38;5;196mx\ny\bz";
    const whole = lines(stdout(text));
    for (let at = 0; at <= text.length; at++) expect(lines(stdout(text.slice(0, at), text.slice(at)))).toEqual(whole);
    expect(lines(stdout(...text.split(/(?:)/u)))).toEqual(whole);
  });

  it("overwrites a line after a carriage return, as progress bars do", () => {
    expect(lines(stdout("10 %\r20 %\r100 %\n"))).toEqual(["100 %"]);
    expect(lines(stdout("abcdef\rxy"))).toEqual(["xycdef"]);
    expect(lines(stdout("abcdef\r\u001b[Kxy"))).toEqual(["xy"]);
  });

  it("keeps the streams apart where they meet in one line", () => {
    const screen = write(write(stdout("out"), "stderr", "err\n"), "stdout", "more\n");
    expect(screen.blocks.flat().map((line) => [line.source, textOf(line)])).toEqual([
      ["stdout", "out"],
      ["stderr", "err"],
      ["stdout", "more"],
    ]);
  });

  it("gives each stream a style of its own", () => {
    const screen = write(stdout("\u001b[31m"), "stderr", "plain");
    expect(screen.blocks.flat()[0]?.spans[0]?.style).toEqual({});
  });

  it("does not change what it was given", () => {
    const before = stdout("one\ntw");
    const copy = structuredClone(before);
    write(before, "stdout", "o\nthree\r3");
    expect(before).toEqual(copy);
  });

  it("never changes a full block again", () => {
    const before = stdout("x\n".repeat(450));
    const after = write(before, "stdout", "y\n");
    expect(after.blocks[0]).toBe(before.blocks[0]);
    expect(after.blocks[1]).toBe(before.blocks[1]);
  });

  it("drops the beginning of a flood", () => {
    const screen = stdout("x\n".repeat(MOST_LINES * 3), "end");
    expect(screen.lines - screen.dropped).toBeLessThanOrEqual(MOST_LINES);
    expect(lines(screen).at(-1)).toBe("end");
    expect(lines(screen)).toHaveLength(screen.lines - screen.dropped);
  });

  it("continues a line without end in the next", () => {
    const screen = stdout("x".repeat(LONGEST_LINE * 2 + 5));
    expect(lines(screen).map((line) => line.length)).toEqual([LONGEST_LINE, LONGEST_LINE, 5]);
  });

  it("stops telling colours apart when there are too many pieces", () => {
    const bomb = Array.from({ length: MOST_SPANS * 3 }, (_, n) => `\u001b[${31 + (n % 6)}mx`).join("");
    const screen = stdout(bomb);
    expect(screen.spans).toBeLessThanOrEqual(MOST_SPANS + screen.lines);
    expect(lines(screen).join("")).toBe("x".repeat(MOST_SPANS * 3));
  });

  it("takes five megabytes and a sequence without end in a moment", () => {
    const started = performance.now();
    stdout("word ".repeat(1_000_000));
    stdout(`\u001b]0;${"x".repeat(5_000_000)}`);
    stdout("\u001b[".repeat(500_000));
    stdout("a\r".repeat(500_000));
    // A tenth of that on a quiet machine; what is quadratic takes minutes.
    expect(performance.now() - started).toBeLessThan(25_000);
  }, 30_000);
});
