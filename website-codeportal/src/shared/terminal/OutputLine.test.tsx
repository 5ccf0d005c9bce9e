// @vitest-environment jsdom
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { OutputLine } from "./OutputLine";
import { EMPTY, write, type Line } from "./screen";

afterEach(cleanup);

function line(text: string): Line {
  const [first] = write(EMPTY, "stdout", text).blocks.flat();
  if (first === undefined) throw new Error("no line");
  return first;
}

describe("OutputLine", () => {
  it("never makes markup of what a program wrote", () => {
    const text = `<script>alert(1)</script><img src=x onerror=alert(1)> &amp;`;
    const { container } = render(<OutputLine line={line(text)} />);
    expect(container.textContent).toBe(text);
    expect(container.querySelector("script, img, a")).toBeNull();
  });

  it("makes no link of a terminal's link", () => {
    const { container } = render(<OutputLine line={line("\u001b]8;;javascript:alert(1)\u0007here\u001b]8;;\u0007")} />);
    expect(container.textContent).toBe("here");
    expect(container.querySelector("a")).toBeNull();
  });

  it("links a place of the program, also across colours", () => {
    const goTo = vi.fn();
    render(<OutputLine line={line("at \u001b[31m./main\u001b[0m.go:5:2: wrong")} goTo={goTo} />);
    const [first] = screen.getAllByRole("button");
    first?.click();
    expect(goTo).toHaveBeenCalledWith(expect.objectContaining({ line: 5, column: 2 }));
  });
});
