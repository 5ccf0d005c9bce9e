// @vitest-environment jsdom
import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { StrictMode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { answering, refusal } from "@/test/answers";
import { show } from "@/test/showing";
import { Verify } from "./Verify";

const VERIFY = "POST /v1/account/verification";
const SPENT = /^Links are good once/;

beforeEach(() => {
  history.replaceState(null, "", "/verify?token=good-once");
});

afterEach(() => {
  cleanup();
  history.replaceState(null, "", "/");
  vi.unstubAllGlobals();
});

function open() {
  show(
    <StrictMode>
      <Verify />
    </StrictMode>,
  );
}

describe("Verify", () => {
  it.each([
    [
      "nobody answered",
      () => {
        throw new TypeError("Failed to fetch");
      },
    ],
    ["the service could not", () => refusal(503)],
    ["too many asked", () => refusal(429)],
  ])("tries again with the same token where %s", async (_, failure) => {
    let away = true;
    const asked = answering({ [VERIFY]: () => (away ? failure() : new Response(null, { status: 204 })) });
    open();
    const again = await screen.findByRole("button", { name: "Try again" });
    expect(location.search).toBe("");
    expect(screen.queryByText(SPENT)).toBeNull();
    away = false;
    await userEvent.click(again);
    await screen.findByRole("heading", { name: "Your address is verified" });
    expect(asked.map(({ body }) => body)).toEqual([{ token: "good-once" }, { token: "good-once" }]);
  });

  it("does not try a token again that the service refused", async () => {
    answering({ [VERIFY]: () => refusal(422) });
    open();
    await screen.findByText(SPENT);
    expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
    expect(screen.getByRole("link", { name: "Sign in" })).toBeTruthy();
  });
});
