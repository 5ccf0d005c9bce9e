import type { Usage } from "../api";

export interface Day {
  readonly date: string;
  readonly parts: readonly { readonly language: string; readonly value: number }[];
  readonly total: number;
}

/** The last `count` days up to that of `end`, in UTC, as the service counts them: `2026-01-31`. */
export function daysUntil(end: Date, count: number): string[] {
  const last = Date.UTC(end.getUTCFullYear(), end.getUTCMonth(), end.getUTCDate());
  return Array.from({ length: count }, (_, at) =>
    new Date(last - (count - 1 - at) * 86_400_000).toISOString().slice(0, 10),
  );
}

/** `rows` by day, also for days without any. */
export function perDay(
  rows: Usage["days"],
  days: readonly string[],
  value: (row: Usage["days"][number]) => number,
): Day[] {
  return days.map((date) => {
    const parts = rows
      .filter((row) => row.date === date)
      .map((row) => ({ language: row.language, value: value(row) }))
      .sort((one, other) => one.language.localeCompare(other.language));
    return { date, parts, total: parts.reduce((sum, part) => sum + part.value, 0) };
  });
}
