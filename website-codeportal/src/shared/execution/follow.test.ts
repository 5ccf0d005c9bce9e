import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { textOf } from "@/shared/terminal/screen";
import { refusal } from "@/test/answers";
import { job } from "@/test/job";
import { Following } from "./follow";
import { IDLE, reduceRun, type RunState } from "./run-state";

/** The browser's own, as far as a test can be the server. */
class FakeEventSource extends EventTarget {
  static readonly CLOSED = 2;
  static last: FakeEventSource;
  readyState = 1;

  constructor(readonly url: string) {
    super();
    FakeEventSource.last = this;
  }

  tell(name: string, data: unknown) {
    if (this.readyState === FakeEventSource.CLOSED) return; // as the browser drops what was on its way
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }));
  }

  fail(readyState: number) {
    this.readyState = readyState;
    this.dispatchEvent(new Event("error"));
  }

  close() {
    this.readyState = FakeEventSource.CLOSED;
  }
}

interface Call {
  readonly method: string;
  readonly path: string;
}

let state: RunState;
let calls: Call[];
let answers: Record<string, () => Response>;

beforeEach(() => {
  vi.useFakeTimers();
  state = IDLE;
  calls = [];
  answers = { "POST /v1/execute": () => Response.json({ id: "job-1", language: "python", created_at: "now" }) };
  vi.stubGlobal("EventSource", FakeEventSource);
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => {
    const method = init.method ?? "GET";
    calls.push({ method, path });
    const answer = answers[`${method} ${path}`];
    return answer === undefined ? Promise.reject(new TypeError("no network")) : Promise.resolve(answer());
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function following(): Following {
  return new Following(1, (action) => {
    state = reduceRun(state, action);
  });
}

const text = () => state.screen.blocks.flat().map(textOf);
const submission = { language: "python", code: "print(1)" };

describe("Following", () => {
  it("shows what is told, as it is told", async () => {
    await following().start(submission);
    const source = FakeEventSource.last;
    expect(source.url).toBe("/v1/execute/job-1/events");
    source.tell("status", { status: "running", at: "now", attempt: 1 });
    source.tell("stdout", { text: "one\n" });
    await vi.advanceTimersByTimeAsync(100);
    expect(state.phase).toBe("running");
    expect(text()).toEqual(["one"]);
    source.tell("stderr", { text: "two\n" });
    source.tell("done", job({ stdout: "one\n", stderr: "two\n" }));
    expect(state.phase).toBe("done");
    expect(text()).toEqual(["one", "two"]);
    expect(source.readyState).toBe(FakeEventSource.CLOSED);
  });

  it("waits for the end where there is no stream", async () => {
    answers["GET /v1/execute/job-1?wait=25s"] = () => Response.json(job({ stdout: "polled\n" }));
    await following().start(submission);
    FakeEventSource.last.fail(FakeEventSource.CLOSED);
    await vi.waitFor(() => {
      expect(state.phase).toBe("done");
    });
    expect(text()).toEqual(["polled"]);
  });

  it("says so while the connection is lost, and goes on after it", async () => {
    await following().start(submission);
    FakeEventSource.last.fail(0);
    expect(state.connection).toBe("lost");
    FakeEventSource.last.dispatchEvent(new Event("open"));
    expect(state.connection).toBe("steady");
  });

  it("asks for the place of a job that waits, until it runs", async () => {
    const queue = { position: 4, runners: 2, busy: 2, estimated_start_ms: 900 };
    answers["GET /v1/execute/job-1"] = () => Response.json(job({ status: "queued", queue }));
    await following().start(submission);
    await vi.advanceTimersByTimeAsync(500);
    expect(state.queue).toEqual(queue);
    FakeEventSource.last.tell("status", { status: "running", at: "now", attempt: 1 });
    const asked = calls.length;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(calls).toHaveLength(asked);
  });

  it("cancels also what is asked to stop before it was accepted", async () => {
    answers["DELETE /v1/execute/job-1"] = () => Response.json(job({ status: "running" }), { status: 202 });
    const follower = following();
    const started = follower.start(submission);
    follower.stop();
    follower.stop();
    await started;
    await vi.advanceTimersByTimeAsync(0);
    expect(calls.filter((call) => call.method === "DELETE")).toHaveLength(1);
    expect(state.stopping).toBe(true);
  });

  it("says that a stop failed, goes on following, and can be asked again", async () => {
    const follower = following();
    await follower.start(submission);
    FakeEventSource.last.tell("status", { status: "running", at: "now", attempt: 1 });
    follower.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(calls.filter((call) => call.method === "DELETE").length).toBeGreaterThan(1);
    expect(state).toMatchObject({ phase: "running", stopping: false, unstopped: { name: "UnreachableError" } });
    answers["DELETE /v1/execute/job-1"] = () => Response.json(job({ status: "running" }), { status: 202 });
    follower.stop();
    expect(state).toMatchObject({ stopping: true, unstopped: null });
    await vi.advanceTimersByTimeAsync(0);
    FakeEventSource.last.tell("done", job({ status: "cancelled" }));
    expect(state).toMatchObject({ phase: "done", job: { status: "cancelled" }, stopping: false });
  });

  it("tries a stop again after a pause, but not one that is refused", async () => {
    const refused = () => calls.filter((call) => call.method === "DELETE").length;
    const follower = following();
    await follower.start(submission);
    follower.stop();
    await vi.advanceTimersByTimeAsync(100);
    expect(refused()).toBe(1);
    answers["DELETE /v1/execute/job-1"] = () => refusal(403);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(refused()).toBe(2);
    expect(state).toMatchObject({ phase: "queued", stopping: false, unstopped: { status: 403 } });
  });

  it("waits for a service that is away for a while, where there is no stream", async () => {
    const waiting = "GET /v1/execute/job-1?wait=25s";
    answers[waiting] = () => new Response("<html>", { status: 502 });
    await following().start(submission);
    FakeEventSource.last.fail(FakeEventSource.CLOSED);
    await vi.advanceTimersByTimeAsync(100);
    expect(state).toMatchObject({ phase: "queued", connection: "lost" });
    const asked = calls.length;
    answers[waiting] = () => refusal(503);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(state).toMatchObject({ phase: "queued", connection: "lost" });
    expect(calls.length - asked).toBeLessThan(30); // with the questions for the place
    answers[waiting] = () => Response.json(job({ stdout: "after all\n" }));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(state).toMatchObject({ phase: "done", connection: "steady" });
    expect(text()).toEqual(["after all"]);
  });

  it("loses sight of a job whose service stays away, and of one that it knows no more at once", async () => {
    await following().start(submission);
    FakeEventSource.last.fail(FakeEventSource.CLOSED);
    await vi.advanceTimersByTimeAsync(5 * 60_000);
    expect(state).toMatchObject({ phase: "failed", jobId: "job-1", error: { name: "UnreachableError" } });
    answers["GET /v1/execute/job-1?wait=25s"] = () => refusal(404);
    await following().start(submission);
    FakeEventSource.last.fail(FakeEventSource.CLOSED);
    await vi.advanceTimersByTimeAsync(0);
    expect(state).toMatchObject({ phase: "failed", jobId: "job-1", error: { status: 404 } });
  });

  it("asks no more after it left, also when it waited for the service", async () => {
    const follower = following();
    await follower.start(submission);
    FakeEventSource.last.fail(FakeEventSource.CLOSED);
    await vi.advanceTimersByTimeAsync(100);
    follower.leave();
    const asked = calls.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(calls).toHaveLength(asked);
    expect(state.phase).toBe("queued");
  });

  it("tells why nothing ran", async () => {
    const errors = [{ field: "limits.wall", reason: "too long" }];
    answers["POST /v1/execute"] = () => Response.json({ status: 400, detail: "Not valid.", errors }, { status: 400 });
    await following().start(submission);
    expect(state.phase).toBe("failed");
    expect(state.error).toMatchObject({ name: "ProblemError", problem: { errors } });
    delete answers["POST /v1/execute"];
    await following().start(submission);
    expect(state.error).toMatchObject({ name: "UnreachableError" });
  });

  it("hears nothing any more after it left", async () => {
    const follower = following();
    await follower.start(submission);
    follower.leave();
    FakeEventSource.last.tell("stdout", { text: "late" });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(text()).toEqual([]);
  });
});
