import type { Diagnosis, Place } from "@/shared/terminal/places";

export interface EditorProps {
  value: string;
  /** Never called where `readOnly`. */
  onChange?: (value: string) => void;
  readOnly?: boolean;
  /** What it is, for screen readers. Each text has a name of its own, under which it is undone. */
  label: string;
  language: string;
  onRun?: () => void;
  /** What is wrong, where. */
  diagnoses?: readonly Diagnosis[] | undefined;
  /** Where to put the cursor; a new object each time. */
  goTo?: Place | null | undefined;
}
