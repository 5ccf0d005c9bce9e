// @vitest-environment jsdom
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useEffect, useState } from "react";
import { afterEach, describe, expect, it } from "vitest";
import { useTabIds } from "@/shared/design/Tabs";
import { Files } from "./Files";
import { FIRST, type Draft } from "./draft";
import { withFile } from "./files";

const FILES = ["a.txt", "b.txt"].map((path) => ({ path, content: `in ${path}`, encoding: "utf-8" as const }));

let draft: Draft;

/** The files of a draft as the page has them. */
function Page({ first }: { first: Partial<Draft> }) {
  const [now, setNow] = useState<Draft>({ ...FIRST, ...first });
  useEffect(() => {
    draft = now;
  });
  const change = (changes: Partial<Draft>) => {
    setNow((before) => ({ ...before, ...changes }));
  };
  const addFile = (path: string) => {
    setNow((before) => ({ ...before, files: withFile(before.files, path), shown: path }));
  };
  return <Files model={{ draft: now, change, addFile }} ids={useTabIds()} />;
}

const tabs = () => screen.getAllByRole("tab").map((tab) => tab.textContent);
const selected = () => screen.getByRole("tab", { selected: true }).textContent;
const button = (name: string) => screen.getByRole("button", { name });

afterEach(cleanup);

describe("Files", () => {
  it("begins with the program alone, named as the runner names it", () => {
    render(<Page first={{ language: "go" }} />);
    expect(tabs()).toEqual(["main.go"]);
    expect(screen.queryByRole("button", { name: /^(Rename|Remove)/ })).toBeNull();
  });

  it("adds one by its name, says why a name cannot be, and shows it", async () => {
    render(<Page first={{ files: FILES }} />);
    await userEvent.click(button("Add a file"));
    const name = screen.getByLabelText("Name of the new file");
    expect(document.activeElement).toBe(name);
    await userEvent.keyboard("a.txt{Enter}");
    expect(screen.getByText("There is a file with this name.")).toBeTruthy();
    expect(name.getAttribute("aria-invalid")).toBe("true");
    expect(document.activeElement).toBe(name);
    await userEvent.clear(name);
    await userEvent.keyboard("data/c.txt{Enter}");
    expect(tabs()).toEqual(["main.py", "a.txt", "b.txt", "data/c.txt"]);
    expect(selected()).toBe("data/c.txt");
    expect(screen.queryByRole("textbox")).toBeNull();
  });

  it("renames one, whose own name is no hindrance, and keeps what is in it", async () => {
    render(<Page first={{ files: FILES, shown: "a.txt" }} />);
    await userEvent.click(button("Rename a.txt"));
    await userEvent.keyboard("{Enter}");
    expect(tabs()).toEqual(["main.py", "a.txt", "b.txt"]);
    await userEvent.click(button("Rename a.txt"));
    await userEvent.keyboard("a.txt/x{Enter}");
    expect(draft.files).toEqual([{ ...FILES[0], path: "a.txt/x" }, FILES[1]]);
    expect(selected()).toBe("a.txt/x");
    expect(document.activeElement).toBe(button("Rename a.txt/x"));
  });

  it("gives up at Escape, and the focus goes back to where it was", async () => {
    render(<Page first={{ files: FILES }} />);
    await userEvent.click(button("Add a file"));
    await userEvent.keyboard("c.txt{Escape}");
    expect(tabs()).toEqual(["main.py", "a.txt", "b.txt"]);
    expect(document.activeElement).toBe(button("Add a file"));
  });

  it("removes one and brings it back to its place, with what was changed elsewhere meanwhile", async () => {
    render(<Page first={{ files: FILES, shown: "a.txt" }} />);
    await userEvent.click(button("Remove a.txt"));
    expect(draft.files).toEqual([FILES[1]]);
    expect(document.activeElement).toBe(screen.getByRole("tab", { name: "main.py" }));
    expect(screen.getByRole("status").textContent).toContain("a.txt is removed.");
    await userEvent.click(button("Bring it back"));
    expect(draft.files).toEqual(FILES);
    expect(screen.getByRole("status").textContent).toBe("");
  });

  it("goes from tab to tab with the arrow keys", async () => {
    render(<Page first={{ files: FILES }} />);
    screen.getByRole("tab", { selected: true }).focus();
    await userEvent.keyboard("{ArrowRight}{ArrowRight}");
    expect([selected(), draft.shown]).toEqual(["b.txt", "b.txt"]);
    await userEvent.keyboard("{ArrowRight}");
    expect([selected(), draft.shown]).toEqual(["main.py", null]);
  });
});
