// @vitest-environment jsdom
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { Runners } from "./Runners";

const FREE = {
  name: "runner-1",
  language: "python",
  executor: "executor-1",
  job: null,
  attempt: null,
  since: null,
  cpu_seconds: 61.5,
  memory_bytes: 9_437_184,
  processes: 2,
};

afterEach(cleanup);

function cells() {
  return screen.getAllByRole("row").map((row) => Array.from(row.children, (cell) => cell.textContent));
}

describe("Runners", () => {
  it("says which job each runs", () => {
    const busy = { ...FREE, name: "runner-2", job: "job-7", attempt: 2, since: new Date().toISOString() };
    render(<Runners runners={[FREE, { ...busy, cpu_seconds: null, memory_bytes: null, processes: null }]} />);
    expect(cells().slice(1)).toEqual([
      ["runner-1", "Python", "free", "–", "1 min 2 s", "9.0 MiB", "2"],
      ["runner-2", "Python", "job-7 attempt 2", "just now", "–", "–", "–"],
    ]);
  });

  it("says that there are none", () => {
    render(<Runners runners={[]} />);
    expect(screen.getByText("No executor has leased a runner.")).toBeTruthy();
  });
});
