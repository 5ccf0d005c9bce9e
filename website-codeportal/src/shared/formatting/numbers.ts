/** Numbers as people read them. */

/** Milliseconds: `11.6 ms`, `340 ms`, `2.35 s`, `3 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 19.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${ms.toFixed(0)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(ms < 9_995 ? 2 : 1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Bytes: `512 B`, `9.0 MiB`. */
export function bytes(count: number): string {
  let value = count;
  for (const unit of ["B", "KiB", "MiB", "GiB"]) {
    if (value < 1024 || unit === "GiB") return unit === "B" ? `${value} B` : `${value.toFixed(1)} ${unit}`;
    value /= 1024;
  }
  return `${count} B`;
}

const GROUPED = new Intl.NumberFormat("en");

export function whole(count: number): string {
  return GROUPED.format(Math.round(count));
}

/** How often something happens in a unit of time: `0.4`, `12`, `1,234`; a decimal where a whole number would hide much. */
export function rate(value: number): string {
  return value < 9.95 ? value.toFixed(1) : whole(value);
}

/** A part or a multiple, before `the time of …`: `67 % of`, `1.3 times`. */
export function multiple(ratio: number): string {
  const percent = Math.round(ratio * 100);
  return percent < 150 ? `${percent}\u00a0% of` : `${ratio.toFixed(1)} times`;
}

const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** How long ago (or ahead) a moment is: `3 minutes ago`. */
export function ago(moment: string, now: number): string {
  const seconds = (Date.parse(moment) - now) / 1000;
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return RELATIVE.format(Math.trunc(seconds / length), unit);
  }
  return seconds > 0 ? "in a moment" : "just now";
}

const DATE = new Intl.DateTimeFormat("en", { dateStyle: "medium" });
const MOMENT = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

export function date(moment: string): string {
  return DATE.format(new Date(moment));
}

export function dateAndTime(moment: string): string {
  return MOMENT.format(new Date(moment));
}
