/** The draft whose place a shared program took, kept beside the one that is typed in. There is one; opening has no undo. */
import { z } from "@/shared/api/zod";
import { EXAMPLES } from "@/shared/execution/examples";
import { draftSchema, type Draft } from "./draft";

const previousSchema = z.object({
  draft: z.nullable(draftSchema),
  /** The mark of what took its place, while that can be had from its link. */
  opened: z.nullable(z.number()),
});
type Previous = Readonly<z.infer<typeof previousSchema>>;

const KEY = "codeportal.draft.before.1";
const NOTHING: Previous = { draft: null, opened: null };

/** The latest, where it could not be kept: then it lives as long as this page. */
let unkept: Previous | null = null;

export function loadPrevious(): Draft | null {
  return load().draft;
}

/** `opened`, of a link, takes the place of `draft`. */
export function setAside(draft: Draft, opened: Draft): void {
  const before = load();
  const lost = worthKeeping(draft, before) && markOf(draft) !== markOf(opened);
  save({ draft: lost ? draft : before.draft, opened: markOf(opened) });
}

/** The one of before, whose place `draft` takes if it is worth that: nothing is ever lost by it. */
export function takeBack(draft: Draft): Draft | null {
  const before = load();
  save(worthKeeping(draft, before) ? { draft, opened: null } : NOTHING);
  return before.draft;
}

export function forgetPrevious(): void {
  save(NOTHING);
}

/** Not an example, nor what a link brought, as long as nobody changed it. */
function worthKeeping(draft: Draft, { opened }: Previous): boolean {
  const { programs, stdin, files } = draft;
  const typed = Object.entries(programs).some(
    ([language, code]) =>
      code !== "" && EXAMPLES.every((example) => example.language !== language || example.code !== code),
  );
  const given = stdin !== "" && EXAMPLES.every((example) => example.stdin !== stdin);
  const set = [draft.arguments, draft.wall, draft.cpu, draft.memory].some((each) => each !== "");
  return (typed || given || set || files.length > 0) && markOf(draft) !== opened;
}

/** Tells one draft from another, whatever is shown of it and however its lines end. Nobody has a reason to forge it. */
function markOf({ programs, stdin, files, ...draft }: Draft): number {
  const contents = files.map(({ path, content }) => [path, content]);
  const whole = [
    Object.entries(programs).sort(),
    stdin,
    contents,
    draft.arguments,
    draft.wall,
    draft.cpu,
    draft.memory,
  ];
  let mark = 0x811c9dc5; // FNV-1a
  for (const character of JSON.stringify(whole).replaceAll("\\r\\n", "\\n")) {
    mark = Math.imul(mark ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return mark;
}

function load(): Previous {
  if (unkept !== null) return unkept;
  try {
    const parsed = previousSchema.safeParse(JSON.parse(localStorage.getItem(KEY) ?? "null"));
    return parsed.success ? parsed.data : NOTHING;
  } catch {
    return NOTHING; // storage is forbidden, or somebody else wrote there
  }
}

/** As for the draft itself: the program goes before its files. */
function save(previous: Previous): void {
  const whole = store(previous);
  unkept = whole ? null : previous;
  if (!whole && previous.draft !== null) store({ ...previous, draft: { ...previous.draft, files: [] } });
}

/** False where it could not be kept: storage is forbidden or full. */
function store(previous: Previous): boolean {
  try {
    localStorage.setItem(KEY, JSON.stringify(previous));
    return true;
  } catch {
    return false;
  }
}
