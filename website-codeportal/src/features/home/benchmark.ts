/**
 * Figures of the newest benchmark, as `python -m tests.benchmarks --json website-codeportal/src/data/benchmark.json`
 * wrote them. Nothing here is written by hand; without the file, or without its jobs, pages show none.
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

const machineSchema = z.object({
  cpus: z.number(),
  /** Its model; files written before it was noted have none. */
  processor: z.optional(z.string()),
  kernel: z.string(),
  python: z.string(),
  load_before: z.number(),
});

const benchmarkSchema = z.object({
  at: z.string(),
  machine: machineSchema,
  /** None where only other parts were measured (`--part edge`). */
  measurements: z._default(z.array(measurementSchema), []),
});
export type Benchmark = z.infer<typeof benchmarkSchema>;

const [found] = Object.values(import.meta.glob("/src/data/benchmark.json", { eager: true, import: "default" }));

/** The file's figures; null where there is none, or none that can be read: it must not take the page along. */
export const BENCHMARK: Benchmark | null = found === undefined ? null : read(found);

export function read(file: unknown): Benchmark | null {
  return benchmarkSchema.safeParse(file).data ?? null;
}

export interface Comparison {
  readonly language: string;
  /** Milliseconds, p50, of a hello world on the idle service. */
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
    const ours = idle(served);
    if (ours === undefined) return [];
    const alike = rows.filter((each) => isInTurn(each) === isInTurn(ours));
    const bare = bareStart(alike, language);
    if (bare === undefined) return [];
    return [
      {
        language,
        ours: ours.p50,
        bare: { name: kind(bare).replace(/,[^,]*$/, ""), ms: bare.p50 },
        dockerExec: alike.find((each) => kind(each) === "docker exec")?.p50 ?? null,
        dockerRun: alike.find((each) => kind(each) === "docker run")?.p50 ?? null,
        best: fastest(served),
      },
    ];
  });
}

/** How rows end that were measured in turn: one start of everything after the other, so that all had the same machine. */
const IN_TURN = ", in turn";

function isInTurn(row: Measurement): boolean {
  return row.what.endsWith(IN_TURN);
}

/** What was measured, however it was. */
function kind({ what }: Measurement): string {
  return what.endsWith(IN_TURN) ? what.slice(0, -IN_TURN.length) : what;
}

function isOurs(row: Measurement): boolean {
  return row.what.startsWith("HTTP, ");
}

/** The idle service in turn with its baselines, else one client by itself. */
function idle(served: readonly Measurement[]): Measurement | undefined {
  const alone = served.filter((each) => each.clients === 1);
  return alone.find(isInTurn) ?? alone[0];
}

/** The same choice as the benchmark's own: Python of the host, others the very binary that the runners use. */
function bareStart(rows: readonly Measurement[], language: string): Measurement | undefined {
  const places = language === "python" ? [", host", ", runner image"] : [", runner image", ", host"];
  return places.flatMap((place) => rows.filter((each) => kind(each).endsWith(place)))[0];
}

function fastest(rows: readonly Measurement[]): Comparison["best"] {
  let best: Comparison["best"] = null;
  for (const { jobs_per_second: perSecond, clients } of rows) {
    if (perSecond !== null && clients !== null && perSecond > (best?.perSecond ?? 0)) best = { perSecond, clients };
  }
  return best;
}
