import { describe, expect, it } from "vitest";
import { textOf } from "@/shared/terminal/screen";
import { job } from "@/test/job";
import { IDLE, isLost, reduceRun, type RunAction, type RunState } from "./run-state";

function after(...actions: RunAction[]): RunState {
  return actions.reduce(reduceRun, IDLE);
}

function text(state: RunState): string[] {
  return state.screen.blocks.flat().map((line) => `${line.source}: ${textOf(line)}`);
}

const submitted: RunAction = { type: "submitted", run: 1, language: "python" };
const accepted: RunAction = { type: "accepted", run: 1, id: "job-1" };
const running: RunAction = { type: "status", run: 1, status: "running" };
const chunk = (source: "stdout" | "stderr", text_: string, run = 1): RunAction => ({
  type: "output",
  run,
  chunks: [{ source, text: text_ }],
});

describe("reduceRun", () => {
  it("goes from submitting over waiting and running to done", () => {
    expect(after(submitted).phase).toBe("submitting");
    expect(after(submitted, accepted).phase).toBe("queued");
    expect(after(submitted, accepted, running).phase).toBe("running");
    expect(after(submitted, accepted, running, { type: "ended", run: 1, job: job() }).phase).toBe("done");
  });

  it("ignores what belongs to an earlier run", () => {
    const second: RunAction = { type: "submitted", run: 2, language: "go" };
    const state = after(submitted, accepted, second, chunk("stdout", "stale"), { type: "ended", run: 1, job: job() });
    expect(state).toMatchObject({ run: 2, phase: "submitting", language: "go", job: null });
    expect(text(state)).toEqual([]);
  });

  it("ignores what belongs to a run that never began here", () => {
    expect(after(submitted, chunk("stdout", "x", 7))).toEqual(after(submitted));
  });

  it("keeps the order of what came live when nothing is missing", () => {
    const end: RunAction = { type: "ended", run: 1, job: job({ stdout: "a\nc\n", stderr: "b\n" }) };
    const state = after(
      submitted,
      accepted,
      chunk("stdout", "a\n"),
      chunk("stderr", "b\n"),
      chunk("stdout", "c\n"),
      end,
    );
    expect(text(state)).toEqual(["stdout: a", "stderr: b", "stdout: c"]);
  });

  it("takes the output of the result where some of it did not come live", () => {
    const end: RunAction = { type: "ended", run: 1, job: job({ stdout: "a\nc\n", stderr: "b\n" }) };
    expect(text(after(submitted, accepted, chunk("stdout", "a\n"), end))).toEqual([
      "stdout: a",
      "stdout: c",
      "stderr: b",
    ]);
  });

  it("does not take a late status or output for news", () => {
    const end: RunAction = { type: "ended", run: 1, job: job({ stdout: "a\n" }) };
    const state = after(submitted, accepted, end);
    expect(reduceRun(state, running)).toBe(state);
    expect(reduceRun(state, chunk("stdout", "late"))).toBe(state);
  });

  it("waits for the end itself, not for its status", () => {
    const told: RunAction = { type: "status", run: 1, status: "succeeded" };
    expect(after(submitted, accepted, running, told).phase).toBe("running");
  });

  it("goes back to waiting when a runner died", () => {
    expect(after(submitted, accepted, running, { type: "status", run: 1, status: "queued" }).phase).toBe("queued");
  });

  it("begins anew with another attempt: what an earlier one wrote counts no more", () => {
    const begun = (attempt: number): RunAction => ({ type: "status", run: 1, status: "running", attempt });
    const state = after(submitted, accepted, begun(1), chunk("stdout", "lost\n"), begun(2), chunk("stdout", "kept\n"));
    expect(text(state)).toEqual(["stdout: kept"]);
    expect(text(reduceRun(state, begun(2)))).toEqual(["stdout: kept"]);
    expect(reduceRun(state, { type: "ended", run: 1, job: job({ stdout: "kept\n" }) }).screen).toBe(state.screen);
  });

  it("shows what the compiler said", () => {
    const compile = { exit_code: 1, stdout: "", stderr: "./main.go:1:1: wrong\n", duration_ms: 1, cached: false };
    const end: RunAction = { type: "ended", run: 1, job: job({ status: "compile_error", compile }) };
    expect(text(after(submitted, accepted, end))).toEqual(["stderr: ./main.go:1:1: wrong"]);
  });

  it("forgets the place in the queue as soon as the job runs", () => {
    const queue = { position: 3, runners: 2, busy: 2, estimated_start_ms: 120 };
    const waiting = after(submitted, accepted, { type: "queue", run: 1, queue });
    expect(waiting.queue).toEqual(queue);
    expect(reduceRun(waiting, running).queue).toBeNull();
    expect(after(submitted, accepted, running, { type: "queue", run: 1, queue }).queue).toBeNull();
  });

  it("keeps the output of a run that failed on the way", () => {
    const state = after(submitted, accepted, chunk("stdout", "so far"), {
      type: "failed",
      run: 1,
      error: new Error("x"),
    });
    expect(state.phase).toBe("failed");
    expect(text(state)).toEqual(["stdout: so far"]);
  });

  it("begins anew with a job that it follows again: all of it is told once more", () => {
    const lost = after(submitted, accepted, chunk("stdout", "so far"), {
      type: "failed",
      run: 1,
      error: new Error("x"),
    });
    expect(isLost(lost)).toBe(true);
    const state = reduceRun(lost, { type: "followed", run: 2, id: "job-1" });
    expect(state).toMatchObject({ run: 2, phase: "queued", jobId: "job-1", language: "python", error: null });
    expect(text(state)).toEqual([]);
    expect(isLost(after(submitted, { type: "failed", run: 1, error: new Error("x") }))).toBe(false);
  });

  it("goes on where a stop failed, and says so until the next one or the end", () => {
    const stopping: RunAction = { type: "stopping", run: 1 };
    const state = after(submitted, accepted, running, stopping, { type: "unstopped", run: 1, error: "away" });
    expect(state).toMatchObject({ phase: "running", stopping: false, unstopped: "away" });
    expect(reduceRun(state, stopping)).toMatchObject({ stopping: true, unstopped: null });
    expect(reduceRun(state, { type: "ended", run: 1, job: job() }).unstopped).toBeNull();
  });

  it("shows a job of before", () => {
    const state = after(submitted, { type: "shown", run: 2, job: job({ stdout: "then\n" }) });
    expect(state).toMatchObject({ run: 2, phase: "done", jobId: "job-1" });
    expect(text(state)).toEqual(["stdout: then"]);
  });
});
