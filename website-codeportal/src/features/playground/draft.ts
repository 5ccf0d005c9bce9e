/** What the visitor typed, kept in the browser so that no reload, expired session or crash loses it. */
import { z } from "@/shared/api/zod";
import { firstProgram } from "@/shared/execution/examples";

const draftSchema = z.object({
  language: z.string(),
  /** By language: switching to another and back loses nothing. */
  programs: z.record(z.string(), z.string()),
  stdin: z.string(),
  arguments: z.string(),
  wall: z.string(),
  cpu: z.string(),
  memory: z.string(),
});

export type Draft = Readonly<z.infer<typeof draftSchema>>;

const KEY = "codeportal.draft.1";

export const FIRST: Draft = {
  language: "python",
  programs: {},
  stdin: "",
  arguments: "",
  wall: "",
  cpu: "",
  memory: "",
};

export function loadDraft(): Draft {
  try {
    const parsed = draftSchema.safeParse(JSON.parse(localStorage.getItem(KEY) ?? "null"));
    return parsed.success ? parsed.data : FIRST;
  } catch {
    return FIRST; // storage is forbidden, or somebody else wrote there
  }
}

/** False where it could not be kept: storage is forbidden or full. */
export function saveDraft(draft: Draft): boolean {
  try {
    localStorage.setItem(KEY, JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

export function codeOf(draft: Draft): string {
  return draft.programs[draft.language] ?? firstProgram(draft.language);
}

export function withCode(draft: Draft, code: string): Draft {
  return { ...draft, programs: { ...draft.programs, [draft.language]: code } };
}
