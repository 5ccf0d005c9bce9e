// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { answering, refusal } from "@/test/answers";
import { ShareDialog } from "./ShareDialog";

const SHARES = "/v1/execute/job-1/shares";

let kept: { id: string; created_at: string }[];

function serve() {
  return answering({
    [`GET ${SHARES}`]: () => Response.json({ shares: kept }),
    [`POST ${SHARES}`]: () => {
      if (kept.length === 10) return refusal(409);
      const made = { id: `new-${kept.length}`, created_at: "2026-01-02T03:04:05Z" };
      kept = [...kept, made];
      return Response.json({ ...made, token: "secret", url: "http://elsewhere/s/secret" }, { status: 201 });
    },
    ...Object.fromEntries(
      Array.from({ length: 10 }, (_, at) => `new-${at}`).map((id) => [
        `DELETE ${SHARES}/${id}`,
        () => {
          kept = kept.filter((share) => share.id !== id);
          return new Response(null, { status: 204 });
        },
      ]),
    ),
  });
}

beforeEach(() => {
  kept = [];
  // jsdom has no modal dialogs.
  HTMLDialogElement.prototype.showModal = function show(this: HTMLDialogElement) {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function close(this: HTMLDialogElement) {
    this.open = false;
  };
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function open() {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={client}>
      <ShareDialog id="job-1" onClose={vi.fn()} />
    </QueryClientProvider>,
  );
}

describe("ShareDialog", () => {
  it("makes the first link at once, on this page's address, and lists it", async () => {
    const asked = serve();
    open();
    expect(await screen.findByLabelText("Link")).toHaveProperty("value", `${location.origin}/s/secret`);
    expect((await screen.findByRole("listitem")).textContent).toContain("the link above");
    expect(asked.filter(({ method }) => method === "POST")).toHaveLength(1);
  });

  it("makes no further link unasked", async () => {
    kept = [{ id: "new-0", created_at: "2026-01-01T00:00:00Z" }];
    const asked = serve();
    open();
    await userEvent.click(await screen.findByRole("button", { name: "Make a link" }));
    expect(await screen.findByLabelText("Link")).toBeTruthy();
    await vi.waitFor(() => {
      expect(screen.getAllByRole("listitem")).toHaveLength(2);
    });
    expect(asked.filter(({ method }) => method === "POST")).toHaveLength(1);
  });

  it("revokes a link, and shows a revoked one no more", async () => {
    serve();
    open();
    await userEvent.click(await screen.findByRole("button", { name: /^Revoke the link of/ }));
    expect(await screen.findByRole("button", { name: "Make a link" })).toBeTruthy();
    await vi.waitFor(() => {
      expect(screen.queryByRole("listitem")).toBeNull();
    });
    expect(screen.queryByLabelText("Link")).toBeNull();
    expect(kept).toEqual([]);
  });

  it("says when there are too many, and makes one when another was revoked", async () => {
    kept = Array.from({ length: 10 }, (_, at) => ({ id: `new-${at}`, created_at: `2026-01-01T00:0${at}:00Z` }));
    serve();
    open();
    await userEvent.click(await screen.findByRole("button", { name: "Make a link" }));
    expect(await screen.findByText("No.")).toBeTruthy();
    const [, , , , , , , , , last] = screen.getAllByRole("button", { name: /^Revoke/ });
    if (last === undefined) throw new Error("not all are listed");
    await userEvent.click(last);
    await vi.waitFor(() => {
      expect(screen.getAllByRole("listitem")).toHaveLength(9);
    });
    await userEvent.click(screen.getByRole("button", { name: "Make a link" }));
    expect(await screen.findByLabelText("Link")).toBeTruthy();
    expect(screen.queryByText("No.")).toBeNull();
  });
});
