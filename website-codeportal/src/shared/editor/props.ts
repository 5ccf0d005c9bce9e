import type { Diagnosis, Place } from "@/shared/terminal/places";

export interface EditorProps {
  value: string;
  onChange: (value: string) => void;
  /** What it is, for screen readers. */
  label: string;
  language: string;
  onRun: () => void;
  /** What is wrong, where. */
  diagnoses?: readonly Diagnosis[] | undefined;
  /** Where to put the cursor; a new object each time. */
  goTo?: Place | null | undefined;
}
