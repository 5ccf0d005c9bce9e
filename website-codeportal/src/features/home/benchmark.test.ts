import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { measured, row, rowsOf } from "@/test/benchmark";
import { BENCHMARK, comparisons, read } from "./benchmark";

describe("comparisons", () => {
  it("compares the idle service with what started in turn with it, not with what had the machine to itself", () => {
    expect(comparisons(measured(...rowsOf("python")))).toEqual([
      {
        language: "python",
        ours: 8,
        bare: { name: "python3 -c", ms: 12 },
        dockerExec: 72,
        dockerRun: 240,
        best: { perSecond: 170, clients: 16 },
      },
    ]);
  });

  it("takes the runners' own binary for languages other than Python", () => {
    expect(comparisons(measured(...rowsOf("go")))[0]?.bare).toEqual({ name: "go run", ms: 13 });
    expect(comparisons(measured(...rowsOf("javascript")))[0]?.bare).toEqual({ name: "node", ms: 13 });
  });

  it("compares one client with what was measured by itself, where nothing was in turn", () => {
    const rows = rowsOf("python").filter((each) => !each.what.endsWith(", in turn"));
    expect(comparisons(measured(...rows))[0]).toMatchObject({
      ours: 9,
      bare: { ms: 11 },
      dockerExec: 70,
      dockerRun: 230,
    });
  });

  it("takes no baseline for one of ours, whatever it is called", () => {
    const rows = rowsOf("python").filter((each) => !each.what.startsWith("HTTP, "));
    expect(comparisons(measured(...rows, row("python", "podman exec", 1, { clients: 1 })))).toEqual([]);
  });

  it("says nothing of a language that lacks one of the two, or whose answers were wrong", () => {
    const ours = row("go", "HTTP, idle, in turn", 8, { clients: 1 });
    const bare = row("go", "go run, runner image, in turn", 200);
    expect(comparisons(measured(ours))).toEqual([]);
    expect(comparisons(measured(bare))).toEqual([]);
    expect(comparisons(measured(bare, { ...ours, wrong: 1 }))).toEqual([]);
    expect(comparisons(measured(bare, ours))).toHaveLength(1);
  });
});

describe("the file", () => {
  const machine = { cpus: 2, processor: "AMD EPYC", kernel: "6", python: "3.11", load_before: 0.1 };

  it("is read as the benchmark writes it, with more in it than pages show", () => {
    const whole = {
      at: "2026-01-01T00:00:00Z",
      url: "http://x",
      machine,
      measurements: rowsOf("go"),
      wrong: 0,
      edge: [],
    };
    expect(read(JSON.parse(JSON.stringify(whole)))).toEqual(measured(...rowsOf("go")));
  });

  it("has no figures for pages when its jobs were left out", () => {
    const edgeOnly = read({ at: "2026-01-01T00:00:00Z", machine, edge: [], refused: 0 });
    expect(edgeOnly).not.toBeNull();
    expect(edgeOnly && comparisons(edgeOnly)).toEqual([]);
  });

  it("may be from before processors were named, and takes no page along when it is something else", () => {
    const { processor, ...before } = machine;
    expect(read({ at: "2026-01-01T00:00:00Z", machine: before })?.machine.processor).toBeUndefined();
    expect(processor).toBe("AMD EPYC");
    expect([read({}), read([]), read("figures"), read({ at: 1, machine })]).toEqual([null, null, null, null]);
  });

  it("is readable, where there is one", () => {
    expect(BENCHMARK === null).toBe(!existsSync("src/data/benchmark.json"));
  });
});
