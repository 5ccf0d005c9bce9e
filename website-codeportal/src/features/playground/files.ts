/** The files beside the program. What may be a name is what the API takes (http_edge/inputs.py), said while it is typed. */
import type { ProgramFile } from "@/shared/api/jobs";

export const MOST_FILES = 64;
const LONGEST_PATH = 255; // bytes
const DEEPEST_PATH = 8; // names

/** Bytes of the file itself, however it is carried. */
export function sizeOf({ content, encoding }: ProgramFile): number {
  if (encoding === "utf-8") return bytesOf(content);
  return Math.floor((content.replace(/=+$/, "").length * 3) / 4);
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

export function withoutFile(files: readonly ProgramFile[], path: string): ProgramFile[] {
  return files.filter((file) => file.path !== path);
}

export function withFile(files: readonly ProgramFile[], path: string): ProgramFile[] {
  return [...files, { path, content: "", encoding: "utf-8" }];
}

/** The same files with `changes` in the one at `path`; it stays in its place. */
export function changed(
  files: readonly ProgramFile[],
  path: string,
  changes: Partial<Pick<ProgramFile, "path" | "content">>,
): ProgramFile[] {
  return files.map((file) => (file.path === path ? { ...file, ...changes } : file));
}

/** Why no file can have this path beside `others`; null: it can. */
export function wrongPath(path: string, others: readonly string[]): string | null {
  if (path === "") return "A file needs a name.";
  if (path.startsWith("/")) return "Names are relative to the program: without a / at the front.";
  if (/\p{Cc}/u.test(path)) return "No control characters in a name.";
  const names = path.split("/");
  if (names.some((name) => name === "" || name === "." || name === "..")) {
    return "Names with a / between them, none of them empty, . or ..";
  }
  if (bytesOf(path) > LONGEST_PATH || names.length > DEEPEST_PATH) {
    return `At most ${LONGEST_PATH} bytes and ${DEEPEST_PATH} names.`;
  }
  if (names[0] === "main" || path.startsWith("main.")) return "main and main.* are the program's own names.";
  if (others.length >= MOST_FILES) return `There are ${MOST_FILES} files, which is the most.`;
  const clash = others.find((other) => `${other}/`.startsWith(`${path}/`) || `${path}/`.startsWith(`${other}/`));
  if (clash === path) return "There is a file with this name.";
  return clash === undefined ? null : `${clash} is there: a file and a directory cannot have the same name.`;
}

const ENDINGS: Readonly<Record<string, string>> = {
  python: "py",
  javascript: "js",
  typescript: "ts",
  go: "go",
  ruby: "rb",
  rust: "rs",
  c: "c",
  cpp: "cpp",
};

/** What the runner calls the program, `main.py`. */
export function programName(language: string): string {
  const ending = ENDINGS[language];
  return ending === undefined ? "Program" : `main.${ending}`;
}

/** The language that a file is written in, for the editor; `text` where its name does not tell. */
export function languageOf(path: string): string {
  const ending = /\.([^./]+)$/.exec(path)?.[1]?.replace(/^[cm](?=js$|ts$)/, "");
  return Object.keys(ENDINGS).find((language) => ENDINGS[language] === ending) ?? "text";
}
