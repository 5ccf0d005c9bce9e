// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Route, Router } from "wouter";
import { useTabIds } from "@/shared/design/Tabs";
import { answering } from "@/test/answers";
import { job } from "@/test/job";
import { Files } from "./Files";
import { PreviousDraft } from "./PreviousDraft";
import { SharedJob } from "./SharedJob";
import { FIRST, loadDraft, saveDraft, withCode } from "./draft";
import { forgetPrevious } from "./previous";
import { usePlayground } from "./usePlayground";

vi.mock("@/shared/editor/Editor", () => ({ Editor: () => null }));

const MINE = { ...withCode(FIRST, "print('an hour of work')"), stdin: "mine" };

/** As much of the playground as matters here. */
function Play() {
  const model = usePlayground();
  const ids = useTabIds();
  return (
    <>
      <PreviousDraft model={model} ids={ids} />
      <Files model={model} ids={ids} />
      <textarea
        aria-label="Code"
        value={model.code}
        onChange={(event) => {
          model.changeCode(event.target.value);
        }}
      />
    </>
  );
}

/** Opens a shared program in the playground. */
async function take() {
  history.replaceState(null, "", "/s/token");
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Router>
        <Route path="/s/:token" component={SharedJob} />
        <Route path="/play" component={Play} />
      </Router>
    </QueryClientProvider>,
  );
  await userEvent.click(await screen.findByRole("button", { name: "Open in the playground" }));
  expect(code()).toBe("print('theirs')");
}

const code = () => screen.getByLabelText<HTMLTextAreaElement>("Code").value;
const offer = () => screen.queryByRole("button", { name: "Bring it back" });

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
  saveDraft(FIRST);
  forgetPrevious();
  const source = { id: "shared", language: "python", code: "print('theirs')" };
  answering({ "GET /v1/shares/token": () => Response.json({ source, job: job({ id: "shared" }) }) });
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

describe("a shared program in the playground", () => {
  it("takes the place of what somebody typed, which is brought back", async () => {
    saveDraft(MINE);
    await take();
    await userEvent.click(screen.getByRole("button", { name: "Bring it back" }));
    expect(code()).toBe("print('an hour of work')");
    expect(loadDraft()).toEqual(MINE);
    expect(offer()).toBeNull();
    expect(document.activeElement).toBe(screen.getByRole("tab", { name: "main.py" }));
  });

  it("is kept in turn where it was changed", async () => {
    saveDraft(MINE);
    await take();
    await userEvent.type(screen.getByLabelText("Code"), "  # changed");
    await userEvent.click(screen.getByRole("button", { name: "Bring it back" }));
    expect(code()).toBe("print('an hour of work')");
    await userEvent.click(screen.getByRole("button", { name: "Bring it back" }));
    expect(code()).toBe("print('theirs')  # changed");
  });

  it("has what was there before offered until somebody wants it no more, also over a reload", async () => {
    saveDraft(MINE);
    await take();
    cleanup();
    render(<Play />);
    await userEvent.click(screen.getByRole("button", { name: "Forget what was here before" }));
    expect(offer()).toBeNull();
    cleanup();
    render(<Play />);
    expect(offer()).toBeNull();
    expect(code()).toBe("print('theirs')");
  });

  it("leaves nothing to bring back where nobody had typed", async () => {
    await take();
    expect(offer()).toBeNull();
  });
});
