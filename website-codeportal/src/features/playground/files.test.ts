import { describe, expect, it } from "vitest";
import { changed, languageOf, programName, sizeOf, withFile, withoutFile, wrongPath } from "./files";

const FILE = { path: "a.txt", content: "één", encoding: "utf-8" as const };

describe("names of files", () => {
  it.each([
    "words.txt",
    "data/words.txt",
    "a b/ü.txt",
    ".env",
    "mainly.py",
    "lib/main.py",
    "x".repeat(255),
    "a/".repeat(7) + "b",
  ])("takes %s, as the API does", (path) => {
    expect(wrongPath(path, ["other.txt"])).toBeNull();
  });

  it.each([
    ["", /needs a name/],
    ["/etc/passwd", /relative/],
    ["../up", /none of them empty/],
    ["a//b", /none of them empty/],
    ["a/", /none of them empty/],
    ["./a", /none of them empty/],
    ["a\tb", /control characters/],
    ["a\u007fb", /control characters/],
    ["é".repeat(128), /At most 255 bytes/],
    ["a/".repeat(8) + "b", /8 names/],
    ["main", /program's own/],
    ["main.py", /program's own/],
    ["main/a.py", /program's own/],
    ["main.d/a.py", /program's own/],
    ["there.txt", /is a file with this name/],
    ["there.txt/a", /cannot have the same name/],
    ["dir", /cannot have the same name/],
  ])("refuses %j, as the API does", (path, why) => {
    expect(wrongPath(path, ["there.txt", "dir/a.txt"])).toMatch(why);
  });

  it("has room for as many as the API takes", () => {
    const names = Array.from({ length: 63 }, (_, n) => `${n}.txt`);
    expect(wrongPath("a", names)).toBeNull();
    expect(wrongPath("b", [...names, "a"])).toMatch(/64 files/);
  });

  it("tells the program's own, and what a file is written in", () => {
    expect(["python", "javascript", "go", "cobol"].map(programName)).toEqual([
      "main.py",
      "main.js",
      "main.go",
      "Program",
    ]);
    expect(["a/b.py", "x.mjs", "x.go", "go.mod", "words", "x.tar.py", "py"].map(languageOf)).toEqual([
      "python",
      "javascript",
      "go",
      "text",
      "text",
      "python",
      "text",
    ]);
  });
});

describe("the list of files", () => {
  it("is added to, changed in its place and taken from", () => {
    const two = withFile([FILE], "b.txt");
    expect(two).toEqual([FILE, { path: "b.txt", content: "", encoding: "utf-8" }]);
    expect(changed(two, "a.txt", { path: "c.txt" })[0]).toEqual({ ...FILE, path: "c.txt" });
    expect(changed(two, "b.txt", { content: "x" })[1]?.content).toBe("x");
    expect(withoutFile(two, "a.txt")).toEqual([two[1]]);
  });

  it("knows sizes in bytes of the file", () => {
    expect(sizeOf(FILE)).toBe(5);
    expect(sizeOf({ path: "x", content: "AAEC/w==", encoding: "base64" })).toBe(4);
  });
});
