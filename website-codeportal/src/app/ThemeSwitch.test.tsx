// @vitest-environment jsdom
import { act, render, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { ThemeSwitch } from "./ThemeSwitch";

/** The system's scheme, as a browser tells of it. */
function system() {
  const told = new EventTarget();
  let dark = false;
  vi.stubGlobal("matchMedia", () =>
    Object.defineProperty(told, "matches", {
      configurable: true,
      get: () => dark,
    }),
  );
  return (next: boolean) => {
    dark = next;
    told.dispatchEvent(new Event("change"));
  };
}

test("it offers the other colours also after the system changed its own", () => {
  const become = system();
  render(<ThemeSwitch />);
  screen.getByRole("button", { name: "Switch to dark colours" });
  act(() => {
    become(true);
  });
  screen.getByRole("button", { name: "Switch to light colours" }).click();
  expect(document.documentElement.dataset.theme).toBe("light");
});
