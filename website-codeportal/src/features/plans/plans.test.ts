import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { cpuTime, PLANS } from "./plans";

describe("plans", () => {
  it("are those of the server", () => {
    const source = readFileSync("../http_edge/plans.py", "utf8");
    const defaults = source.slice(source.indexOf("DEFAULTS:"), source.indexOf("IN_PRODUCTION:"));
    for (const plan of PLANS) {
      const [, given] =
        new RegExp(`(?:${plan.name.toUpperCase()}|"${plan.name}"): Quota\\(([^)]*)\\)`).exec(defaults) ?? [];
      const limits = [...(given ?? "absent").matchAll(/(\w+)=([\d_]+)/g)].map(
        ([, name, value]) => [name, Number(value?.replaceAll("_", ""))] as const,
      );
      const expected = { requests_per_minute: null, concurrent_jobs: null, cpu_seconds_per_day: null };
      expect(given).toBeDefined();
      expect(plan).toEqual({ name: plan.name, ...expected, ...Object.fromEntries(limits) });
    }
  });
});

describe("cpuTime", () => {
  it("reads as people say it", () => {
    expect([600, 14_400, 90, null].map(cpuTime)).toEqual(["10 min", "4 h", "90 s", "no limit"]);
  });
});
