import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { BENCHMARK, comparisons, type Benchmark } from "./benchmark";

const row = (language: string, what: string, p50: number, more: object = {}) => ({
  language,
  what,
  p50,
  p95: p50,
  samples: 10,
  jobs_per_second: null,
  clients: null,
  wrong: 0,
  ...more,
});

function benchmark(...measurements: Benchmark["measurements"]): Benchmark {
  return {
    at: "2026-01-01T00:00:00Z",
    machine: { cpus: 2, kernel: "6", python: "3.11", load_before: 0.1 },
    measurements,
  };
}

describe("comparisons", () => {
  it("compares what was measured in one run", () => {
    const measured = benchmark(
      row("python", "python3 -c, host", 11.5),
      row("python", "docker exec", 70),
      row("python", "over HTTP, 1 client", 8, { clients: 1, jobs_per_second: 90 }),
      row("python", "over HTTP, 16 clients", 50, { clients: 16, jobs_per_second: 170 }),
    );
    expect(comparisons(measured)).toEqual([
      {
        language: "python",
        ours: 8,
        bare: { name: "python3 -c", ms: 11.5 },
        dockerExec: 70,
        dockerRun: null,
        best: { perSecond: 170, clients: 16 },
      },
    ]);
  });

  it("says nothing of a language that lacks one of the two, or whose answers were wrong", () => {
    const ours = row("go", "over HTTP, 1 client", 8, { clients: 1 });
    expect(comparisons(benchmark(ours))).toEqual([]);
    expect(comparisons(benchmark(row("go", "go run, runner image", 200), { ...ours, wrong: 1 }))).toEqual([]);
  });

  it("finds figures in the file that pages show, where there is one", () => {
    if (BENCHMARK !== null) expect(comparisons(BENCHMARK)).not.toEqual([]);
    expect(BENCHMARK === null).toBe(!existsSync("src/data/benchmark.json"));
  });
});
