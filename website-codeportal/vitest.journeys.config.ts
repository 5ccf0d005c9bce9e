import { defineConfig } from "vitest/config";

/** Journeys through the portal of a running stack, in real browsers: two files at a time, as most of it is waiting. */
export default defineConfig({
  test: {
    include: ["journeys/*.journey.ts"],
    environment: "node",
    maxWorkers: 2,
    testTimeout: 90_000,
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 60_000,
  },
});
