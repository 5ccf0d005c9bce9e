import { defineConfig } from "vitest/config";

/** Journeys through the portal of a running stack, in a real browser: one after the other, as the machine is small. */
export default defineConfig({
  test: {
    include: ["journeys/*.journey.ts"],
    environment: "node",
    fileParallelism: false,
    testTimeout: 90_000,
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 60_000,
  },
});
