import { describe, expect, it } from "vitest";
import { applySgr, PLAIN } from "./style";

describe("applySgr", () => {
  it("adds and removes", () => {
    const bold = applySgr(PLAIN, [1, 31, 44]);
    expect(bold).toEqual({ bold: true, foreground: 1, background: 4 });
    expect(applySgr(bold, [22, 39])).toEqual({ background: 4 });
    expect(applySgr(bold, [0])).toBe(PLAIN);
  });

  it("knows the bright, the indexed and the true colours", () => {
    expect(applySgr(PLAIN, [97])).toEqual({ foreground: 15 });
    expect(applySgr(PLAIN, [38, 5, 9])).toEqual({ foreground: 9 });
    expect(applySgr(PLAIN, [38, 5, 196])).toEqual({ foreground: "rgb(255 0 0)" });
    expect(applySgr(PLAIN, [48, 5, 244])).toEqual({ background: "rgb(128 128 128)" });
    expect(applySgr(PLAIN, [38, 2, 1, 2, 3, 1])).toEqual({ foreground: "rgb(1 2 3)", bold: true });
  });

  it("ignores what is no colour", () => {
    expect(applySgr(PLAIN, [38, 2, 1, 2, 300])).toEqual({});
    expect(applySgr(PLAIN, [38, 5, 999])).toEqual({});
    expect(applySgr(PLAIN, [38])).toEqual({});
    expect(applySgr(PLAIN, [1234, Number.NaN])).toEqual({});
  });
});
