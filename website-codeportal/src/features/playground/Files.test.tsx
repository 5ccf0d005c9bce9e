// @vitest-environment jsdom
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Files } from "./Files";

const FILES = ["a.txt", "b.txt"].map((path) => ({ path, content: "abc", encoding: "utf-8" as const }));

afterEach(cleanup);

describe("Files", () => {
  it("names each with its size, and removes one", async () => {
    const change = vi.fn();
    render(<Files files={FILES} onChange={change} />);
    expect(screen.getAllByRole("listitem").map((item) => item.textContent)).toEqual(["a.txt3 B", "b.txt3 B"]);
    await userEvent.click(screen.getByRole("button", { name: "Remove a.txt" }));
    expect(change).toHaveBeenCalledWith([FILES[1]]);
  });

  it("is not there where there are none", () => {
    render(<Files files={[]} onChange={vi.fn()} />);
    expect(screen.queryByRole("list")).toBeNull();
  });
});
