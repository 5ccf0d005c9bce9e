import { describe, expect, it } from "vitest";
import { diagnose, placesIn } from "./places";

const TRACEBACK = `Traceback (most recent call last):
  File "/job/main.py", line 6, in <module>
    print(mean([]))
  File "/job/main.py", line 2, in mean
    return sum(numbers) / len(numbers)
ZeroDivisionError: division by zero
`;

const NODE = `/job/main.js:3
  null.x;
       ^

TypeError: Cannot read properties of null (reading 'x')
    at f (/job/main.js:3:8)
    at Object.<anonymous> (/job/main.js:6:1)
`;

describe("placesIn", () => {
  it("finds what interpreters and compilers name", () => {
    expect(placesIn('  File "/job/main.py", line 12, in f')).toMatchObject([{ line: 12, column: null }]);
    expect(placesIn("./main.go:5:2: undefined: x")).toEqual([{ line: 5, column: 2, start: 0, end: 13 }]);
    expect(placesIn("    at f (/job/main.js:3:8)")).toMatchObject([{ line: 3, column: 8 }]);
  });

  it("is not fooled by other files", () => {
    expect(placesIn('  File "/usr/lib/python3.13/json/decoder.py", line 345')).toEqual([]);
    expect(placesIn("domain.go:5:2")).toEqual([]);
  });
});

describe("diagnose", () => {
  const base = { compile: null, status: "failed", stderr: "" };

  it("blames the last frame of a traceback, with the exception as the reason", () => {
    expect(diagnose({ ...base, stderr: TRACEBACK })).toEqual([
      { line: 2, column: null, message: "ZeroDivisionError: division by zero" },
    ]);
  });

  it("blames the first place that V8 names", () => {
    expect(diagnose({ ...base, stderr: NODE })).toMatchObject([{ line: 3, message: /^TypeError: Cannot read/ }]);
  });

  it("takes each message of a compiler", () => {
    const stderr =
      "# command-line-arguments\n./main.go:8:3: undefined: totl\n./main.go:10:2: declared and not used: y\n";
    const compile = { exit_code: 1, stdout: "", stderr };
    expect(diagnose({ compile, status: "compile_error", stderr: null })).toEqual([
      { line: 8, column: 3, message: "undefined: totl" },
      { line: 10, column: 2, message: "declared and not used: y" },
    ]);
  });

  it("says nothing about a program that went well, whatever it wrote", () => {
    expect(diagnose({ ...base, status: "succeeded", stderr: TRACEBACK })).toEqual([]);
  });
});
