import { describe, expect, it } from "vitest";
import { daysUntil, perDay } from "./days";

describe("daysUntil", () => {
  it("counts days of UTC, over the ends of months and years", () => {
    expect(daysUntil(new Date("2026-01-02T23:59:59Z"), 4)).toEqual([
      "2025-12-30",
      "2025-12-31",
      "2026-01-01",
      "2026-01-02",
    ]);
  });
});

describe("perDay", () => {
  it("has every day, its languages in order", () => {
    const rows = [
      { date: "2026-01-02", language: "python", jobs: 3, cpu_seconds: 1 },
      { date: "2026-01-02", language: "go", jobs: 2, cpu_seconds: 1 },
    ];
    expect(perDay(rows, ["2026-01-01", "2026-01-02"], (row) => row.jobs)).toEqual([
      { date: "2026-01-01", parts: [], total: 0 },
      {
        date: "2026-01-02",
        parts: [
          { language: "go", value: 2 },
          { language: "python", value: 3 },
        ],
        total: 5,
      },
    ]);
  });
});
