/** Places that an output names: `File "main.py", line 3`, `./main.go:5:2`, `main.js:7`, and in files beside the program. */
export interface Place {
  /** The path of a file that lies beside the program; null: the program itself. */
  readonly file: string | null;
  readonly line: number;
  readonly column: number | null;
}

export interface NamedPlace extends Place {
  /** Where in the text it is named. */
  readonly start: number;
  readonly end: number;
}

const PLACE =
  /(?<![\w./-])((?:[\w.-]*\/)*[\w.-]+\.(?:py|go|js|cjs|mjs|ts|rb|rs|c|cpp))(?:", line |:)(\d{1,7})(?::(\d{1,5}))?/g;
/** What runners call the program: `main` with the language's ending. */
const PROGRAM = /(?:^|\/)main\.\w+$/;
/** Where runners put it; what is named from elsewhere is no file of the submission. */
const FROM = /^(?:\/job\/|\.\/)/;
/** Longer lines are data, not messages of a compiler. */
const LONGEST = 1_000;
const MOST = 8;

/** `files`: the paths of those beside the program; no other file can be gone to. */
export function placesIn(text: string, files: readonly string[] = []): NamedPlace[] {
  if (text.length > LONGEST || !/(?:, line |:)\d/.test(text)) return [];
  const found: NamedPlace[] = [];
  for (const match of text.matchAll(PLACE)) {
    const path = (match[1] ?? "").replace(FROM, "");
    const beside = files.includes(path);
    if (!beside && !PROGRAM.test(path)) continue;
    const start = match.index;
    found.push({
      file: beside ? path : null,
      line: Number(match[2]),
      column: match[3] === undefined ? null : Number(match[3]),
      start,
      end: start + match[0].length,
    });
    if (found.length === MOST) break;
  }
  return found;
}

export interface Diagnosis extends Place {
  readonly message: string;
}

const MOST_DIAGNOSES = 50;

interface Told {
  readonly compile: { readonly stdout: string; readonly stderr: string; readonly exit_code: number | null } | null;
  readonly status: string;
  readonly stderr: string | null;
}

/** What the compiler's or interpreter's messages say about lines of the program and of the files beside it. */
export function diagnose(job: Told, files: readonly string[] = []): Diagnosis[] {
  if (job.status === "compile_error" && job.compile !== null) {
    return perLine(`${job.compile.stderr}\n${job.compile.stdout}`, files);
  }
  if (job.status !== "failed" || job.stderr === null) return [];
  const raised = lastRaised(job.stderr, files);
  return raised === null ? [] : [raised];
}

/** `main.go:5:2: undefined: x`: each line is a message of its own. */
function perLine(text: string, files: readonly string[]): Diagnosis[] {
  const found: Diagnosis[] = [];
  for (const line of text.split("\n")) {
    const [first] = placesIn(line, files);
    if (first === undefined) continue;
    const message = line.slice(first.end).replace(/^[:\s]+/, "") || line;
    found.push({ file: first.file, line: first.line, column: first.column, message });
    if (found.length === MOST_DIAGNOSES) break;
  }
  return found;
}

/** A traceback names the place that is to blame last (Python), a stack of V8 or Go first; then or before comes why. */
function lastRaised(stderr: string, files: readonly string[]): Diagnosis | null {
  const lines = stderr.slice(-20_000).split("\n");
  const places = (line: string) => placesIn(line, files);
  const python = lines.filter((line) => /^\s+File "/.test(line)).flatMap(places);
  const place = python.at(-1) ?? lines.flatMap(places)[0];
  if (place === undefined) return null;
  const why = python.length > 0 ? lines.findLast(isMessage) : lines.find(isMessage);
  const message = (why ?? "The program failed here.").trim().slice(0, 500);
  return { file: place.file, line: place.line, column: place.column, message };
}

function isMessage(line: string): boolean {
  return /^(?:panic: |fatal error: |(?:Uncaught )?[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit|Warning)\b)/.test(
    line,
  );
}
