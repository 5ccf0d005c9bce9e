// @vitest-environment jsdom
import { act, cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { answering, refusal } from "@/test/answers";
import { job } from "@/test/job";
import { usePlayground } from "./usePlayground";

/** A stream on which nothing happens: what runs goes on running. */
class Silent extends EventTarget {
  static readonly CLOSED = 2;
  static opened: string[] = [];
  readonly readyState = 1;

  constructor(url: string) {
    super();
    Silent.opened.push(url);
  }

  close() {
    this.dispatchEvent(new Event("closed"));
  }
}

const SUBMIT = {
  "POST /v1/execute": () => Response.json({ id: "mine", language: "python", created_at: "now" }, { status: 202 }),
};
const source = (id: string) => () =>
  Response.json({ id, language: "python", code: `print('${id}')`, stdin: `for ${id}` });
const result = (id: string) => () => Response.json(job({ id, stdout: `${id}\n` }));

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
  Silent.opened = [];
  vi.stubGlobal("EventSource", Silent);
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

type Model = ReturnType<typeof renderHook<ReturnType<typeof usePlayground>, unknown>>["result"];

/** The playground with a program of the visitor's own that runs. */
async function running(): Promise<Model> {
  const { result: model } = renderHook(usePlayground);
  act(() => {
    model.current.changeCode("print('mine')");
  });
  await act(async () => {
    model.current.run();
    await Promise.resolve();
  });
  await vi.waitFor(() => {
    expect(model.current.state).toMatchObject({ phase: "queued", jobId: "mine" });
  });
  return model;
}

/** An answer that comes when it is told to. */
function slow(answer: () => Response) {
  let come: () => void = () => undefined;
  const waiting = new Promise<Response>((resolve) => {
    come = () => {
      resolve(answer());
    };
  });
  return { answer: () => waiting, come };
}

describe("opening a job of before", () => {
  it("leaves what is typed and what runs alone where the job cannot be read", async () => {
    const asked = answering({
      ...SUBMIT,
      "GET /v1/execute/old/source": source("old"),
      "GET /v1/execute/old": () => refusal(404),
      "DELETE /v1/execute/mine": () => Response.json(job({ id: "mine", status: "running" }), { status: 202 }),
    });
    const model = await running();
    await act(() => expect(model.current.open("old", false)).rejects.toMatchObject({ status: 404 }));
    expect(model.current.code).toBe("print('mine')");
    expect(model.current.draft.stdin).toBe("");
    expect(model.current.state).toMatchObject({ phase: "queued", jobId: "mine" });
    act(() => {
      model.current.stop();
    });
    await vi.waitFor(() => {
      expect(asked).toContainEqual({ method: "DELETE", path: "/v1/execute/mine", body: null });
    });
  });

  it("keeps what was typed in other languages while it loads", async () => {
    const loading = slow(source("old"));
    answering({ "GET /v1/execute/old/source": loading.answer, "GET /v1/execute/old": result("old") });
    const { result: model } = renderHook(usePlayground);
    const opening = model.current.open("old", false);
    act(() => {
      model.current.change({ language: "go" });
    });
    act(() => {
      model.current.changeCode("package mine");
    });
    loading.come();
    await act(() => opening);
    expect(model.current.state).toMatchObject({ phase: "done", jobId: "old" });
    expect(model.current.draft.programs).toEqual({ python: "print('old')", go: "package mine" });
  });

  it("gives way to what was run meanwhile", async () => {
    const loading = slow(result("old"));
    answering({
      ...SUBMIT,
      "GET /v1/execute/old/source": source("old"),
      "GET /v1/execute/old": loading.answer,
    });
    const { result: model } = renderHook(usePlayground);
    const opening = model.current.open("old", false);
    act(() => {
      model.current.changeCode("print('mine')");
    });
    act(() => {
      model.current.run();
    });
    await vi.waitFor(() => {
      expect(model.current.state.jobId).toBe("mine");
    });
    loading.come();
    await act(() => expect(opening).resolves.toBe(false));
    expect(model.current.state).toMatchObject({ phase: "queued", jobId: "mine" });
    expect(model.current.code).toBe("print('mine')");
  });

  it("shows the one that was asked for last, also where that comes first", async () => {
    const loading = slow(result("first"));
    answering({
      "GET /v1/execute/first/source": source("first"),
      "GET /v1/execute/first": loading.answer,
      "GET /v1/execute/second/source": source("second"),
      "GET /v1/execute/second": result("second"),
    });
    const { result: model } = renderHook(usePlayground);
    const opening = model.current.open("first", false);
    await act(() => expect(model.current.open("second", false)).resolves.toBe(true));
    loading.come();
    await act(() => expect(opening).resolves.toBe(false));
    expect(model.current.state.jobId).toBe("second");
    expect(model.current.code).toBe("print('second')");
  });

  it("follows nothing after the page is left", async () => {
    const loading = slow(() => Response.json(job({ id: "old", status: "running" })));
    answering({ "GET /v1/execute/old/source": source("old"), "GET /v1/execute/old": loading.answer });
    const { result: model, unmount } = renderHook(usePlayground);
    const opening = model.current.open("old", false);
    unmount();
    loading.come();
    await opening;
    expect(Silent.opened).toEqual([]);
  });
});
