import type { Diagnostic } from "@codemirror/lint";
import type { Text } from "@codemirror/state";
import type { Diagnosis, Place } from "@/shared/terminal/places";

/** Where `place` is in `text`, which may have changed since and be shorter. */
export function offsetOf(text: Text, place: Place): number {
  const line = text.line(Math.min(Math.max(place.line, 1), text.lines));
  return Math.min(line.from + Math.max((place.column ?? 1) - 1, 0), line.to);
}

export function diagnosticsIn(text: Text, diagnoses: readonly Diagnosis[]): Diagnostic[] {
  return diagnoses
    .filter((diagnosis) => diagnosis.line >= 1 && diagnosis.line <= text.lines)
    .map((diagnosis) => {
      const line = text.line(diagnosis.line);
      const indent = /^\s*/.exec(line.text)?.[0].length ?? 0;
      const from = diagnosis.column === null ? line.from + indent : offsetOf(text, diagnosis);
      return { from, to: line.to, severity: "error" as const, message: diagnosis.message };
    })
    .sort((one, other) => one.from - other.from);
}
