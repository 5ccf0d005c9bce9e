import { describe, expect, it } from "vitest";
import { tokenize } from "./tokens";

describe("tokenize", () => {
  it("knows what changes the style", () => {
    expect(tokenize("", "\u001b[1;31mx\u001b[m").tokens).toEqual([
      { kind: "sgr", parameters: [1, 31] },
      { kind: "text", text: "x" },
      { kind: "sgr", parameters: [0] },
    ]);
  });

  it.each([
    ["a window title", "\u001b]0;evil\u0007"],
    ["a link", "\u001b]8;;javascript:alert(1)\u001b\\"],
    ["a cursor movement", "\u001b[2J\u001b[10;10H"],
    ["a private mode", "\u001b[?1049h"],
    ["a private sequence that ends in m", "\u001b[>4;2m"],
    ["a device string", "\u001bPq#0;2;0;0;0\u001b\\"],
    ["a character set", "\u001b(B"],
    ["a bell", "\u0007"],
  ])("ignores %s", (_, sequence) => {
    expect(tokenize("", `a${sequence}b`).tokens).toEqual([
      { kind: "text", text: "a" },
      { kind: "text", text: "b" },
    ]);
  });

  it("waits for the rest of a sequence", () => {
    const first = tokenize("", "a\u001b[3");
    expect(first.pending).toBe("\u001b[3");
    expect(tokenize(first.pending, "1mb").tokens[0]).toEqual({ kind: "sgr", parameters: [31] });
  });

  it("gives up on a sequence without an end", () => {
    expect(tokenize("", `\u001b]0;${"x".repeat(10_000)}`).pending).toBe("");
  });

  it("shows control characters that do nothing", () => {
    expect(tokenize("", "\u0000\u007f").tokens).toEqual([
      { kind: "text", text: "\u2400" },
      { kind: "text", text: "\u2421" },
    ]);
  });
});
