import { useState } from "react";
import type { Overview } from "./api";

export interface Sample {
  readonly at: number;
  readonly ended: number;
  readonly waiting: number;
  readonly busy: number;
}

const MOST = 90; // three minutes, as often as the page asks

/** `samples` with what `overview` says, where that is news. */
export function withSample(samples: readonly Sample[], overview: Overview, at: number): readonly Sample[] {
  if (samples.at(-1)?.at === at) return samples;
  const sum = (of: (language: Overview["languages"][number]) => number) =>
    overview.languages.reduce((total, language) => total + of(language), 0);
  const sample = {
    at,
    ended: overview.rates.ended,
    waiting: sum((language) => language.waiting),
    busy: sum((language) => language.busy),
  };
  return [...samples, sample].slice(-MOST);
}

/** The last minutes, as this page has seen them. */
export function useRecent(overview: Overview | undefined, at: number): readonly Sample[] {
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  // State that follows from what was rendered with: set while rendering, as React wants it, once for each answer.
  if (overview !== undefined && samples.at(-1)?.at !== at) setSamples(withSample(samples, overview, at));
  return samples;
}
