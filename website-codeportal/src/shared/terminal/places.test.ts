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
    expect(placesIn("./main.go:5:2: undefined: x")).toEqual([{ file: null, line: 5, column: 2, start: 0, end: 13 }]);
    expect(placesIn("    at f (/job/main.js:3:8)")).toMatchObject([{ line: 3, column: 8 }]);
  });

  it("knows files beside the program, wherever they are said to be", () => {
    const files = ["util.go", "lib/helper.py", "lib/main.py"];
    expect(placesIn("./util.go:5:2: undefined: x", files)).toMatchObject([{ file: "util.go", line: 5, column: 2 }]);
    expect(placesIn('  File "/job/lib/helper.py", line 12, in f', files)).toMatchObject([{ file: "lib/helper.py" }]);
    expect(placesIn('  File "/job/lib/main.py", line 1, in f', files)).toMatchObject([{ file: "lib/main.py" }]);
    expect(placesIn('  File "/job/main.py", line 1', files)).toMatchObject([{ file: null }]);
    expect(placesIn('  File "/usr/lib/helper.py", line 12, in f', files)).toEqual([]);
    expect(placesIn("./other.go:5:2: undefined: x", files)).toEqual([]);
  });

  it("takes no time over lines without an end", () => {
    const began = performance.now();
    for (const line of ["a.".repeat(499), "a/".repeat(499), "x".repeat(998), ":1".repeat(499)]) placesIn(`${line}:1`);
    expect(performance.now() - began).toBeLessThan(1_000);
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
      { file: null, line: 2, column: null, message: "ZeroDivisionError: division by zero" },
    ]);
  });

  it("blames the file beside the program in which it was raised", () => {
    const stderr = TRACEBACK.replace('main.py", line 2', 'helper.py", line 2');
    expect(diagnose({ ...base, stderr }, ["helper.py"])).toMatchObject([{ file: "helper.py", line: 2 }]);
    expect(diagnose({ ...base, stderr })).toMatchObject([{ file: null, line: 6 }]);
  });

  it("blames the first place that V8 names", () => {
    expect(diagnose({ ...base, stderr: NODE })).toMatchObject([{ line: 3, message: /^TypeError: Cannot read/ }]);
  });

  it("takes each message of a compiler", () => {
    const stderr =
      "# command-line-arguments\n./main.go:8:3: undefined: totl\n./main.go:10:2: declared and not used: y\n";
    const compile = { exit_code: 1, stdout: "", stderr };
    expect(diagnose({ compile, status: "compile_error", stderr: null })).toEqual([
      { file: null, line: 8, column: 3, message: "undefined: totl" },
      { file: null, line: 10, column: 2, message: "declared and not used: y" },
    ]);
  });

  it("says nothing about a program that went well, whatever it wrote", () => {
    expect(diagnose({ ...base, status: "succeeded", stderr: TRACEBACK })).toEqual([]);
  });
});
