// @vitest-environment jsdom
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { measured, row, rowsOf } from "@/test/benchmark";
import { Speed } from "./Speed";

afterEach(cleanup);

const words = () => screen.getByRole("region").textContent.replace(/\s+/g, " ");

describe("the figures on the first page", () => {
  it("claims nothing about time where nothing was measured", () => {
    for (const benchmark of [null, measured()]) {
      render(<Speed benchmark={benchmark} />);
      expect(words()).not.toMatch(/takes|costs|percent|%|Medians/);
      expect(words()).toContain("python -m tests.benchmarks measures yours.");
      expect(screen.queryByRole("figure")).toBeNull();
      cleanup();
    }
  });

  it("says what the figures say, for each language beside its own bare start", () => {
    const slow = [
      row("go", "HTTP, idle, in turn", 300, { clients: 1 }),
      row("go", "go run, runner image, in turn", 100),
    ];
    render(<Speed benchmark={measured(...rowsOf("python"), ...rowsOf("javascript"), ...slow)} />);
    expect(words()).toContain(
      "a hello world takes 67 % of the time of a bare python3 -c in Python, " +
        "62 % of the time of a bare node in JavaScript and 3.0 times the time of a bare go run in Go.",
    );
    expect(screen.getAllByRole("figure")).toHaveLength(3);
  });

  it("names the processor without its marks", () => {
    const benchmark = measured(...rowsOf("python"));
    const processor = "Intel(R)  Xeon(R) Processor @ 2.60GHz";
    render(<Speed benchmark={{ ...benchmark, machine: { ...benchmark.machine, processor } }} />);
    expect(words()).toContain("2 processors (Intel Xeon Processor @ 2.60GHz), Linux 6.");
  });

  it("does without the processor in figures from before it was noted", () => {
    const { processor, ...machine } = measured().machine;
    render(<Speed benchmark={{ ...measured(...rowsOf("python")), machine }} />);
    expect(words()).toContain("2 processors, Linux 6.");
    expect(processor).toBeDefined();
  });
});
