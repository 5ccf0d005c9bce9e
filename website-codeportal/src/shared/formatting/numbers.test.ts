import { describe, expect, it } from "vitest";
import { bytes, duration, multiple, rate, whole } from "./numbers";

describe("numbers as people read them", () => {
  it("gives rates a decimal only where a whole number would hide much", () => {
    expect([0, 0.04, 0.36, 9.94].map(rate)).toEqual(["0.0", "0.0", "0.4", "9.9"]);
    expect([9.95, 9.97, 10, 341.6, 12_345.6].map(rate)).toEqual(["10", "10", "10", "342", "12,346"]);
  });

  it("says parts in percent and multiples in times", () => {
    expect([0.05, 0.668, 0.999, 1.04].map(multiple)).toEqual([
      "5\u00a0% of",
      "67\u00a0% of",
      "100\u00a0% of",
      "104\u00a0% of",
    ]);
    expect([1.5, 12.34].map(multiple)).toEqual(["1.5 times", "12.3 times"]);
  });

  it("never says a thousand milliseconds or sixty seconds", () => {
    expect([6.12, 11.61, 19.96, 999.4, 999.6, 59_949, 59_960].map(duration)).toEqual([
      "6.1 ms",
      "11.6 ms",
      "20 ms",
      "999 ms",
      "1.00 s",
      "59.9 s",
      "1 min 0 s",
    ]);
  });

  it("knows the units of bytes", () => {
    expect([512, 9 << 20].map(bytes)).toEqual(["512 B", "9.0 MiB"]);
    expect(whole(1234.5)).toBe("1,235");
  });
});
