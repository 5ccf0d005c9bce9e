// @vitest-environment jsdom
import { act, cleanup, render, renderHook, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ProblemError, SESSION_ENDED } from "@/shared/api/problem";
import { RunFailure } from "@/shared/execution/RunFailure";
import { answering, refusal } from "@/test/answers";
import { job } from "@/test/job";
import { usePlayground } from "./usePlayground";

/** A browser that hears no events: what is followed is asked for instead. */
class Deaf extends EventTarget {
  static readonly CLOSED = 2;
  readonly readyState = Deaf.CLOSED;

  constructor() {
    super();
    queueMicrotask(() => this.dispatchEvent(new Event("error")));
  }

  close() {
    this.dispatchEvent(new Event("closed"));
  }
}

const FILES = [{ path: "words.txt", content: "one two", encoding: "utf-8" as const }];
const DONE = { "GET /v1/execute/job-1?wait=25s": () => Response.json(job({ stdout: "hi\n" })) };
const ACCEPTED = () => Response.json({ id: "job-1", language: "python", created_at: "now" }, { status: 202 });

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
  vi.stubGlobal("EventSource", Deaf);
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

describe("usePlayground", () => {
  it("runs as a stranger, one click after a stale session was refused, what was typed before", async () => {
    let cookie = true; // the refusal takes it away
    const asked = answering({
      "POST /v1/execute": () => {
        if (!cookie) return ACCEPTED();
        cookie = false;
        return refusal(401, SESSION_ENDED);
      },
      ...DONE,
    });
    const { result } = renderHook(usePlayground);
    act(() => {
      result.current.changeCode("print('mine')");
    });
    act(() => {
      result.current.run();
    });
    await vi.waitFor(() => {
      expect(result.current.state.phase).toBe("failed");
    });
    expect(result.current.code).toBe("print('mine')");

    render(<RunFailure error={result.current.state.error} lost={false} onRetry={result.current.run} />);
    expect(screen.getByText(/Your session has ended/)).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Run without signing in" }));
    await vi.waitFor(() => {
      expect(result.current.state.phase).toBe("done");
    });
    expect(asked.filter(({ method }) => method === "POST").map(({ body }) => body)).toEqual([
      { language: "python", code: "print('mine')" },
      { language: "python", code: "print('mine')" },
    ]);
    expect(result.current.code).toBe("print('mine')");
  });

  it("offers no run without signing in where strangers may not", () => {
    const problem = { type: "about:blank", title: "Unauthorized", status: 401, detail: "No.", errors: [] };
    render(<RunFailure error={new ProblemError(problem)} lost={false} onRetry={vi.fn()} />);
    expect(screen.getByRole("button", { name: "Sign in and run" })).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Run without signing in" })).toBeNull();
  });

  it("follows a job again that sight was lost of, and submits nothing", async () => {
    let refused = false;
    const asked = answering({
      "POST /v1/execute": ACCEPTED,
      "GET /v1/execute/job-1?wait=25s": () => {
        if (refused) return Response.json(job({ stdout: "hi\n" }));
        refused = true;
        return refusal(500);
      },
    });
    const { result } = renderHook(usePlayground);
    act(() => {
      result.current.run();
    });
    await vi.waitFor(() => {
      expect(result.current.state).toMatchObject({ phase: "failed", jobId: "job-1" });
    });
    const follow = () => {
      result.current.followAgain("job-1");
    };
    render(<RunFailure error={result.current.state.error} lost onRetry={follow} />);
    expect(screen.getByText(/Sight of the program was lost/)).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Follow it again" }));
    await vi.waitFor(() => {
      expect(result.current.state).toMatchObject({ phase: "done", language: "python", job: { stdout: "hi\n" } });
    });
    expect(asked.filter(({ method }) => method === "POST")).toHaveLength(1);
  });

  it("offers to follow nothing that the service does not know", () => {
    const problem = { type: "about:blank", title: "Not Found", status: 404, detail: "No such job.", errors: [] };
    render(<RunFailure error={new ProblemError(problem)} lost onRetry={vi.fn()} />);
    expect(screen.queryByRole("button")).toBeNull();
  });

  it("runs a job of before again with its files", async () => {
    const asked = answering({
      "GET /v1/execute/old/source": () =>
        Response.json({ id: "old", language: "python", code: "print(open('words.txt').read())", files: FILES }),
      "POST /v1/execute": ACCEPTED,
      ...DONE,
    });
    const { result } = renderHook(usePlayground);
    await act(() => result.current.open("old", true));
    await vi.waitFor(() => {
      expect(result.current.state.phase).toBe("done");
    });
    expect(result.current.draft.files).toEqual(FILES);
    expect(asked.find(({ method }) => method === "POST")?.body).toMatchObject({ files: FILES });
  });

  it("shows the place that an output names in its text, whatever file was in the editor", () => {
    const { result } = renderHook(usePlayground);
    act(() => {
      result.current.addFile("words.txt");
    });
    act(() => {
      result.current.changeFile("words.txt", "one");
    });
    expect(result.current.draft).toMatchObject({ shown: "words.txt", files: [{ path: "words.txt", content: "one" }] });
    expect(result.current.target).toEqual({ file: "words.txt", line: 1, column: null }); // to be typed into
    act(() => {
      result.current.goTo({ file: null, line: 3, column: 5 });
    });
    expect(result.current.draft.shown).toBeNull();
    expect(result.current.target).toEqual({ file: null, line: 3, column: 5 });
    act(() => {
      result.current.goTo({ file: "words.txt", line: 1, column: null });
    });
    expect(result.current.draft.shown).toBe("words.txt");
  });

  it("finds files and the one that was in the editor again after a reload", () => {
    const before = renderHook(usePlayground);
    act(() => {
      before.result.current.addFile("words.txt");
    });
    before.unmount();
    expect(renderHook(usePlayground).result.current.draft).toMatchObject({
      shown: "words.txt",
      files: [{ path: "words.txt" }],
    });
  });

  it("marks what is wrong in the text that is in the editor, until that is edited", async () => {
    const stderr = 'Traceback:\n  File "/job/main.py", line 1\n  File "/job/helper.py", line 2\nValueError: no\n';
    answering({
      "POST /v1/execute": ACCEPTED,
      "GET /v1/execute/job-1?wait=25s": () => Response.json(job({ status: "failed", exit_code: 1, stderr })),
    });
    const { result } = renderHook(usePlayground);
    act(() => {
      result.current.addFile("helper.py");
    });
    act(() => {
      result.current.run();
    });
    await vi.waitFor(() => {
      expect(result.current.state.phase).toBe("done");
    });
    expect(result.current.diagnoses).toMatchObject([{ file: "helper.py", line: 2, message: "ValueError: no" }]);
    act(() => {
      result.current.change({ shown: null });
    });
    expect(result.current.diagnoses).toEqual([]);
    act(() => {
      result.current.changeFile("helper.py", "x = 1");
    });
    act(() => {
      result.current.change({ shown: "helper.py" });
    });
    expect(result.current.diagnoses).toEqual([]);
  });
});
