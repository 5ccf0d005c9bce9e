// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CopyButton } from "./CopyButton";
import { Dialog } from "./Dialog";

let selected: { text: string; within: string | undefined }[];

/** As a page is that came over plain HTTP: it has no clipboard, but may copy what is selected. */
function insecure(allowed: boolean) {
  selected = [];
  vi.stubGlobal("navigator", {});
  Object.assign(document, {
    execCommand: (command: string) => {
      const field = document.activeElement;
      if (command !== "copy" || !(field instanceof HTMLTextAreaElement)) return false;
      const text = field.value.slice(field.selectionStart, field.selectionEnd);
      selected.push({ text, within: field.parentElement?.tagName });
      return allowed;
    },
  });
}

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
  vi.unstubAllGlobals();
});

describe("CopyButton", () => {
  it("copies over plain HTTP, and leaves nothing behind", async () => {
    insecure(true);
    render(<CopyButton text={"two\nlines"} />);
    const button = screen.getByRole("button", { name: "Copy" });
    button.focus();
    fireEvent.click(button);
    expect(await screen.findByText("Copied")).toBe(button);
    expect(selected).toEqual([{ text: "two\nlines", within: "BODY" }]);
    expect(document.querySelector("textarea")).toBeNull();
    expect(document.activeElement).toBe(button);
  });

  it("copies from within a dialog, outside of which nothing can be selected", async () => {
    insecure(true);
    render(
      <Dialog title="Share" onClose={vi.fn()}>
        <CopyButton text="a link" />
      </Dialog>,
    );
    fireEvent.click(screen.getByRole("button", { name: "Copy" }));
    await screen.findByText("Copied");
    expect(selected).toEqual([{ text: "a link", within: "DIALOG" }]);
  });

  it("says when the browser does not let it", async () => {
    insecure(false);
    render(<CopyButton text="a link" />);
    fireEvent.click(screen.getByRole("button", { name: "Copy" }));
    expect(await screen.findByText("Not allowed")).toBeTruthy();
    expect(document.querySelector("textarea")).toBeNull();
  });

  it("asks the clipboard where there is one", async () => {
    const writeText = vi.fn(() => Promise.resolve());
    vi.stubGlobal("navigator", { clipboard: { writeText } });
    render(<CopyButton text="a link" />);
    fireEvent.click(screen.getByRole("button", { name: "Copy" }));
    await screen.findByText("Copied");
    expect(writeText).toHaveBeenCalledWith("a link");
  });
});
