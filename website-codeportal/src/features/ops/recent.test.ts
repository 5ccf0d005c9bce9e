import { describe, expect, it } from "vitest";
import type { Overview } from "./api";
import { withSample, type Sample } from "./recent";

const language = {
  name: "go",
  aliases: [],
  versions: {},
  executors: 1,
  job_ms: null,
  claimed: 0,
  oldest_waiting_ms: null,
};
const overview: Overview = {
  languages: [
    { ...language, runners: 2, busy: 1, waiting: 3 },
    { ...language, name: "python", runners: 4, busy: 2, waiting: 4 },
  ],
  groups: [],
  actors: [],
  runners: [],
  rates: { seconds: 60, started: 2, ended: 1.5, succeeded: 1, lost: 0 },
  redis: { used_bytes: 1, limit_bytes: null },
  dead_letters: 0,
  archive: null,
};

describe("withSample", () => {
  it("adds up what languages say", () => {
    expect(withSample([], overview, 7)).toEqual([{ at: 7, ended: 1.5, waiting: 7, busy: 3 }]);
  });

  it("takes no answer twice", () => {
    const once = withSample([], overview, 7);
    expect(withSample(once, overview, 7)).toBe(once);
  });

  it("forgets what is long ago", () => {
    let samples: readonly Sample[] = [];
    for (let at = 0; at < 500; at++) samples = withSample(samples, overview, at);
    expect(samples).toHaveLength(90);
    expect(samples.at(-1)?.at).toBe(499);
  });
});
