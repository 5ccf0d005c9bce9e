import { describe, expect, it } from "vitest";
import { job } from "@/test/job";
import { phases } from "./phases";

const fact = (type: string, ms: number) => ({ position: "1-0", type, at: new Date(1_000_000 + ms).toISOString() });

describe("phases", () => {
  it("cuts a job's life by its facts", () => {
    const facts = [fact("submission", 0), fact("started", 14), fact("finished", 334)];
    const compile = { exit_code: 0, stdout: "", stderr: "", duration_ms: 294, cached: false };
    expect(phases(job({ compile, duration_ms: 14 }), facts)).toEqual([
      { name: "queue", ms: 14 },
      { name: "start", ms: 12 },
      { name: "compile", ms: 294 },
      { name: "run", ms: 14 },
    ]);
  });

  it("has no compiling where an earlier job's build was run", () => {
    const facts = [fact("submission", 0), fact("started", 14), fact("finished", 34)];
    const compile = { exit_code: 0, stdout: "", stderr: "", duration_ms: 0, cached: true };
    expect(phases(job({ compile, duration_ms: 14 }), facts)).toEqual([
      { name: "queue", ms: 14 },
      { name: "start", ms: 6 },
      { name: "run", ms: 14 },
    ]);
  });

  it("makes earlier attempts a phase of their own", () => {
    const facts = [fact("submission", 0), fact("started", 5), fact("started", 205), fact("finished", 215)];
    expect(phases(job({ duration_ms: 6 }), facts)).toEqual([
      { name: "queue", ms: 5 },
      { name: "earlier attempts", ms: 200 },
      { name: "start", ms: 4 },
      { name: "run", ms: 6 },
    ]);
  });

  it("has no run where compiling was the end", () => {
    const facts = [fact("submission", 0), fact("started", 5), fact("finished", 105)];
    const compile = { exit_code: 1, stdout: "", stderr: "", duration_ms: 90, cached: false };
    expect(phases(job({ compile, stage: "compile", duration_ms: 90 }), facts).map((each) => each.name)).toEqual([
      "queue",
      "start",
      "compile",
    ]);
  });

  it("does with the job's own times where there are no facts", () => {
    expect(phases(job())).toEqual([
      { name: "queue", ms: 2 },
      { name: "start", ms: expect.closeTo(3.9) as number },
      { name: "run", ms: 6.1 },
    ]);
  });

  it("calls it waiting when a job was cancelled before it ran", () => {
    const facts = [fact("submission", 0), fact("cancelled", 50)];
    expect(phases(job({ status: "cancelled", started_at: null, duration_ms: null }), facts)).toEqual([
      { name: "queue", ms: 50 },
    ]);
  });

  it("takes nothing for less than no time, whatever the clocks say", () => {
    const facts = [fact("submission", 10), fact("started", 0), fact("finished", 2)];
    expect(phases(job({ duration_ms: 6 }), facts).every((each) => each.ms >= 0)).toBe(true);
  });
});
