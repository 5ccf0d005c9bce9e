// @vitest-environment jsdom
import { act, cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { wantSignIn } from "@/shared/session/sign-in";
import { show } from "@/test/showing";
import { SignIn } from "./SignIn";

beforeEach(() => {
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
  history.replaceState(null, "", "/");
  vi.unstubAllGlobals();
});

/** Waits until it is there, which is loaded when it is first wanted, or gone. */
async function dialog(there: boolean) {
  await vi.waitFor(() => {
    expect(document.querySelector("dialog") !== null).toBe(there);
  }, 10_000);
}

test("the dialog does not stay above the page that one of its links leads to", async () => {
  history.replaceState(null, "", "/play");
  show(<SignIn />);
  act(() => {
    wantSignIn();
  });
  await dialog(true);
  await userEvent.click(screen.getByText("Forgotten your password?"));
  expect(location.pathname).toBe("/reset");
  await dialog(false);
  act(() => {
    wantSignIn(); // the next page can have it, too
  });
  await dialog(true);
});
