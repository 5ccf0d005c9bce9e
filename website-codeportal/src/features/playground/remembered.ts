/** Jobs of this tab, so that a reload shows the last one again. They are forgotten with the tab: ids let people read. */
import { z } from "@/shared/api/zod";

const entrySchema = z.object({ id: z.string(), language: z.string(), at: z.string() });
export type Remembered = z.infer<typeof entrySchema>;

const KEY = "codeportal.jobs.1";
const MOST = 30;

/** Newest first. */
export function rememberedJobs(): Remembered[] {
  try {
    const parsed = z.array(entrySchema).safeParse(JSON.parse(sessionStorage.getItem(KEY) ?? "[]"));
    return parsed.success ? parsed.data : [];
  } catch {
    return []; // storage is forbidden, or somebody else wrote there
  }
}

export function rememberJob(entry: Remembered): void {
  store([entry, ...rememberedJobs().filter((each) => each.id !== entry.id)].slice(0, MOST));
}

export function forgetJob(id: string): void {
  store(rememberedJobs().filter((each) => each.id !== id));
}

function store(entries: readonly Remembered[]): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(entries));
  } catch {
    // Where storage is forbidden a reload begins anew.
  }
}
