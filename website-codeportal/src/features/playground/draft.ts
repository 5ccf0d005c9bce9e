/** What the visitor typed, kept in the browser so that no reload, expired session or crash loses it. */
import { fileSchema, type ProgramFile } from "@/shared/api/jobs";
import { z } from "@/shared/api/zod";
import { firstProgram } from "@/shared/execution/examples";

export const draftSchema = z.object({
  language: z.string(),
  /** By language: switching to another and back loses nothing. */
  programs: z.record(z.string(), z.string()),
  stdin: z.string(),
  arguments: z.string(),
  files: z._default(z.array(fileSchema), []),
  /** The path of the file that is in the editor; null: the program. */
  shown: z._default(z.nullable(z.string()), null),
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
  files: [],
  shown: null,
  wall: "",
  cpu: "",
  memory: "",
};

/** The latest, where it could not be kept: then it lives as long as this page. */
let unkept: Draft | null = null;

export function loadDraft(): Draft {
  if (unkept !== null) return unkept;
  try {
    const parsed = draftSchema.safeParse(JSON.parse(localStorage.getItem(KEY) ?? "null"));
    return parsed.success ? parsed.data : FIRST;
  } catch {
    return FIRST; // storage is forbidden, or somebody else wrote there
  }
}

/** The program goes before its files, which may be large: where both are too much, these live as long as this page. */
export function saveDraft(draft: Draft): void {
  const whole = store(draft);
  unkept = whole ? null : draft;
  if (!whole && draft.files.length > 0) store({ ...draft, files: [] });
}

/** False where it could not be kept: storage is forbidden or full. */
function store(draft: Draft): boolean {
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

/** The file that is in the editor, unless that is the program. */
export function shownFile({ files, shown }: Draft): ProgramFile | undefined {
  return shown === null ? undefined : files.find((file) => file.path === shown);
}

export function withCode(draft: Draft, code: string): Draft {
  return { ...draft, programs: { ...draft.programs, [draft.language]: code } };
}
