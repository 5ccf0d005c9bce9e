import { describe, expect, it } from "vitest";
import { sourceSchema } from "@/shared/api/history";
import { FIRST } from "./draft";
import { sizeOf, withoutFile } from "./files";
import { draftOf, submissionOf } from "./submission";

const FILES = [
  { path: "lib/words.txt", content: "één\n", encoding: "utf-8" as const },
  { path: "logo.bin", content: "AAEC/w==", encoding: "base64" as const },
];
const SOURCE = sourceSchema.parse({ id: "job-1", language: "python", code: "print(1)", files: FILES, limits: null });

describe("a job of several files", () => {
  it("is sent again with all of them, as they were", () => {
    expect(submissionOf(draftOf(SOURCE, FIRST))).toEqual({ language: "python", code: "print(1)", files: FILES });
  });

  it("is sent without those that were removed", () => {
    const draft = draftOf(SOURCE, FIRST);
    expect(submissionOf({ ...draft, files: withoutFile(draft.files, "lib/words.txt") }).files).toEqual([FILES[1]]);
    expect(submissionOf({ ...draft, files: [] })).not.toHaveProperty("files");
  });

  it("makes room for the next one's", () => {
    const next = draftOf(sourceSchema.parse({ id: "job-2", language: "go", code: "" }), draftOf(SOURCE, FIRST));
    expect(next.files).toEqual([]);
  });

  it("tells sizes in bytes of the file", () => {
    expect(FILES.map(sizeOf)).toEqual([6, 4]);
  });
});
