import type { ProgramFile } from "@/shared/api/jobs";

/** Bytes of the file itself, however it is carried. */
export function sizeOf({ content, encoding }: ProgramFile): number {
  if (encoding === "utf-8") return new TextEncoder().encode(content).length;
  return Math.floor((content.replace(/=+$/, "").length * 3) / 4);
}

export function withoutFile(files: readonly ProgramFile[], path: string): ProgramFile[] {
  return files.filter((file) => file.path !== path);
}
