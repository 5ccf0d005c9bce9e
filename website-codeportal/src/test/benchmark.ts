import type { Benchmark } from "@/features/home/benchmark";

type Row = Benchmark["measurements"][number];

export function row(language: string, what: string, p50: number, more: Partial<Row> = {}): Row {
  return { language, what, p50, p95: p50, samples: 10, jobs_per_second: null, clients: null, wrong: 0, ...more };
}

const BARE = { python: ["python3 -c", "python3"], javascript: ["node -e", "node"], go: ["go run", "go run"] } as const;

/** All rows of a language, named and in the order in which tests/benchmarks/__main__.py writes them. */
export function rowsOf(language: keyof typeof BARE): Row[] {
  const [host, image] = BARE[language];
  const pair = { clients: 2, jobs_per_second: 150 };
  return [
    row(language, `${host}, host, in turn`, 12),
    row(language, `${image}, runner image, in turn`, 13),
    row(language, "docker exec, in turn", 72),
    row(language, "docker run, in turn", 240),
    row(language, "HTTP, idle, in turn", 8, { clients: 1 }),
    row(language, `${host}, host`, 11, pair),
    row(language, `${image}, runner image`, 12.5, pair),
    row(language, "docker exec", 70, { ...pair, jobs_per_second: 20 }),
    row(language, "docker run", 230, { ...pair, jobs_per_second: 5 }),
    row(language, "HTTP, 1 client", 9, { clients: 1, jobs_per_second: 90 }),
    row(language, "HTTP, 16 clients", 50, { clients: 16, jobs_per_second: 170 }),
    row(language, "HTTP, 64 clients", 400, { clients: 64, jobs_per_second: 160 }),
  ];
}

export function measured(...measurements: Row[]): Benchmark {
  return {
    at: "2026-01-01T00:00:00Z",
    machine: { cpus: 2, processor: "AMD EPYC", kernel: "6", python: "3.11", load_before: 0.1 },
    measurements,
  };
}
