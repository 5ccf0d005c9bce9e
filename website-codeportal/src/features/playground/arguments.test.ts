import { describe, expect, it } from "vitest";
import { joinArguments, splitArguments } from "./arguments";

describe("splitArguments", () => {
  it.each([
    ["", []],
    ["  one   two ", ["one", "two"]],
    ['"two words" three', ["two words", "three"]],
    ["'it''s' a\\ b", ["its", "a b"]],
    ['--name="A B"', ["--name=A B"]],
    ['""', [""]],
    ['"a \\" b"', ['a " b']],
    ['"never closed', ["never closed"]],
    ["$HOME `id` *", ["$HOME", "`id`", "*"]],
  ])("cuts %j", (text, words) => {
    expect(splitArguments(text)).toEqual(words);
  });

  it("is undone by joinArguments", () => {
    for (const words of [
      ["a", "b c", ""],
      ["it's", 'say "x"'],
      ["\\", "$x", "-n"],
    ]) {
      expect(splitArguments(joinArguments(words))).toEqual(words);
    }
  });
});
