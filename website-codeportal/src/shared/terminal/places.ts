/** Places in the program that its output names: `File "main.py", line 3`, `./main.go:5:2`, `main.js:7`. */
export interface Place {
  readonly line: number;
  readonly column: number | null;
}

export interface NamedPlace extends Place {
  /** Where in the text it is named. */
  readonly start: number;
  readonly end: number;
}

/** What runners call the program: `main` with the language's ending. */
const PLACE =
  /(?<![\w./-])(?:[\w.-]*\/)*main\.(?:py|go|js|cjs|mjs|ts|rb|rs|c|cpp)(?:", line |:)(\d{1,7})(?::(\d{1,5}))?/g;
/** Longer lines are data, not messages of a compiler. */
const LONGEST = 1_000;
const MOST = 8;

export function placesIn(text: string): NamedPlace[] {
  if (text.length > LONGEST || !text.includes("main.")) return [];
  const found: NamedPlace[] = [];
  for (const match of text.matchAll(PLACE)) {
    const start = match.index;
    found.push({
      line: Number(match[1]),
      column: match[2] === undefined ? null : Number(match[2]),
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

/** What the compiler's or interpreter's messages say about lines of the program. */
export function diagnose(job: {
  readonly compile: { readonly stdout: string; readonly stderr: string; readonly exit_code: number | null } | null;
  readonly status: string;
  readonly stderr: string | null;
}): Diagnosis[] {
  if (job.status === "compile_error" && job.compile !== null) {
    return perLine(`${job.compile.stderr}\n${job.compile.stdout}`);
  }
  if (job.status !== "failed" || job.stderr === null) return [];
  const raised = lastRaised(job.stderr);
  return raised === null ? [] : [raised];
}

/** `main.go:5:2: undefined: x`: each line is a message of its own. */
function perLine(text: string): Diagnosis[] {
  const found: Diagnosis[] = [];
  for (const line of text.split("\n")) {
    const [first] = placesIn(line);
    if (first === undefined) continue;
    const message = line.slice(first.end).replace(/^[:\s]+/, "") || line;
    found.push({ line: first.line, column: first.column, message });
    if (found.length === MOST_DIAGNOSES) break;
  }
  return found;
}

/** A traceback names the place that is to blame last (Python), a stack of V8 or Go first; then or before comes why. */
function lastRaised(stderr: string): Diagnosis | null {
  const lines = stderr.slice(-20_000).split("\n");
  const python = lines.filter((line) => /^\s+File "/.test(line)).flatMap(placesIn);
  const place = python.at(-1) ?? lines.flatMap(placesIn)[0];
  if (place === undefined) return null;
  const why = python.length > 0 ? lines.findLast(isMessage) : lines.find(isMessage);
  return { line: place.line, column: place.column, message: (why ?? "The program failed here.").trim().slice(0, 500) };
}

function isMessage(line: string): boolean {
  return /^(?:panic: |fatal error: |(?:Uncaught )?[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit|Warning)\b)/.test(
    line,
  );
}
