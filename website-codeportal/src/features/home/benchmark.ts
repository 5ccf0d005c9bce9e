/**
 * Figures of the newest benchmark, as `python -m tests.benchmarks --json website-codeportal/src/data/benchmark.json`
 * wrote them. Nothing here is written by hand; without the file pages show none.
 */
import { z } from "@/shared/api/zod";

const measurementSchema = z.object({
  language: z.string(),
  what: z.string(),
  p50: z.number(),
  p95: z.number(),
  samples: z.number(),
  jobs_per_second: z.nullable(z.number()),
  clients: z.nullable(z.number()),
  wrong: z.number(),
});
type Measurement = z.infer<typeof measurementSchema>;

const benchmarkSchema = z.object({
  at: z.string(),
  machine: z.object({ cpus: z.number(), kernel: z.string(), python: z.string(), load_before: z.number() }),
  measurements: z.array(measurementSchema),
});
export type Benchmark = z.infer<typeof benchmarkSchema>;

const [found] = Object.values(import.meta.glob("/src/data/benchmark.json", { eager: true, import: "default" }));

export const BENCHMARK: Benchmark | null = found === undefined ? null : benchmarkSchema.parse(found);

export interface Comparison {
  readonly language: string;
  /** Milliseconds, p50, of a hello world. */
  readonly ours: number;
  readonly bare: { readonly name: string; readonly ms: number };
  readonly dockerExec: number | null;
  readonly dockerRun: number | null;
  readonly best: { readonly perSecond: number; readonly clients: number } | null;
}

/** One comparison per language whose own row and bare start were measured, in one run. */
export function comparisons({ measurements }: Benchmark): Comparison[] {
  const languages = [...new Set(measurements.map((each) => each.language))];
  return languages.flatMap((language) => {
    const rows = measurements.filter((each) => each.language === language && each.wrong === 0);
    const served = rows.filter(isOurs);
    const ours = served.find((each) => each.clients === 1);
    const bare = bareStart(rows, language);
    if (ours === undefined || bare === undefined) return [];
    return [
      {
        language,
        ours: ours.p50,
        bare: { name: bare.what.replace(/,[^,]*$/, ""), ms: bare.p50 },
        dockerExec: rows.find((each) => each.what === "docker exec")?.p50 ?? null,
        dockerRun: rows.find((each) => each.what === "docker run")?.p50 ?? null,
        best: fastest(served),
      },
    ];
  });
}

function isOurs(row: Measurement): boolean {
  return !row.what.startsWith("docker ") && !/, (host|runner image)$/.test(row.what);
}

/** The same choice as the benchmark's own: Python of the host, others the very binary that the runners use. */
function bareStart(rows: readonly Measurement[], language: string): Measurement | undefined {
  const places = language === "python" ? [", host", ", runner image"] : [", runner image", ", host"];
  return places.flatMap((place) => rows.filter((each) => each.what.endsWith(place)))[0];
}

function fastest(rows: readonly Measurement[]): Comparison["best"] {
  let best: Comparison["best"] = null;
  for (const { jobs_per_second: perSecond, clients } of rows) {
    if (perSecond !== null && clients !== null && perSecond > (best?.perSecond ?? 0)) best = { perSecond, clients };
  }
  return best;
}
