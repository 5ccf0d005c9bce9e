import defaults from "@/data/plans.json";
import { whole } from "@/shared/formatting/numbers";

export interface Plan {
  readonly name: string;
  readonly requests_per_minute: number | null;
  readonly concurrent_jobs: number | null;
  readonly cpu_seconds_per_day: number | null;
}

/** What a fresh installation grants; a test holds it to the server's own defaults. */
export const PLANS: readonly Plan[] = defaults;

export function amount(limit: number | null): string {
  return limit === null ? "no limit" : whole(limit);
}

export function cpuTime(seconds: number | null): string {
  if (seconds === null) return "no limit";
  if (seconds % 3_600 === 0) return `${seconds / 3_600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}
