// @vitest-environment jsdom
import { beforeEach, describe, expect, it, vi } from "vitest";
import { FIRST, loadDraft, saveDraft } from "./draft";

const WITH_FILES = {
  ...FIRST,
  programs: { python: "print(1)" },
  files: [{ path: "a.txt", content: "a".repeat(1000), encoding: "utf-8" as const }],
};

beforeEach(() => {
  localStorage.clear();
  saveDraft(FIRST);
});

describe("the draft", () => {
  it("is kept with its files", () => {
    saveDraft(WITH_FILES);
    expect(loadDraft()).toEqual(WITH_FILES);
  });

  it("reads what was kept before there were files", () => {
    localStorage.setItem("codeportal.draft.1", JSON.stringify({ ...WITH_FILES, files: undefined }));
    expect(loadDraft()).toEqual({ ...WITH_FILES, files: [] });
  });

  it("loses no program to files that are too large to keep", () => {
    const kept = new Map<string, string>();
    vi.spyOn(Storage.prototype, "getItem").mockImplementation((key) => kept.get(key) ?? null);
    vi.spyOn(Storage.prototype, "setItem").mockImplementation((key, value) => {
      if (value.length > 500) throw new DOMException("full", "QuotaExceededError");
      kept.set(key, value);
    });
    saveDraft(WITH_FILES);
    expect(loadDraft()).toEqual(WITH_FILES); // on this page
    expect(JSON.parse(kept.get("codeportal.draft.1") ?? "")).toEqual({ ...WITH_FILES, files: [] });
  });
});
