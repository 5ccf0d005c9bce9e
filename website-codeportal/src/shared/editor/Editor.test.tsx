// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { CodeEditor } from "./CodeEditor";
import { Editor } from "./Editor";

afterEach(cleanup);

/** What is typed into, in the editor's shadow root. */
function content(container: HTMLElement): HTMLElement {
  const found = container.querySelector("div")?.shadowRoot?.querySelector<HTMLElement>(".cm-content");
  if (!found) throw new Error("there is no editor");
  return found;
}

describe("Ctrl with Enter", () => {
  const held = (element: Element) => {
    const enter = { key: "Enter", code: "Enter", ctrlKey: true };
    return [false, true, true].map((repeat) => fireEvent.keyDown(element, { ...enter, repeat }));
  };

  it("runs once however long it is held in the plain editor, and types nothing", () => {
    const run = vi.fn();
    render(<Editor load="when idle" label="Program" language="python" value="" onRun={run} />);
    expect(held(screen.getByLabelText("Program"))).toEqual([false, false, false]);
    expect(run).toHaveBeenCalledOnce();
  });

  it("runs once however long it is held in the real editor, and types nothing", () => {
    const run = vi.fn();
    const change = vi.fn();
    const caret = { current: null };
    const { container } = render(
      <CodeEditor label="Program" language="text" value="one" onChange={change} onRun={run} caret={caret} />,
    );
    expect(held(content(container))).toEqual([false, false, false]);
    expect(run).toHaveBeenCalledOnce();
    expect(change).not.toHaveBeenCalled();
  });
});
