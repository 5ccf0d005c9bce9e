import { useQuery } from "@tanstack/react-query";
import { readFacts, type Fact } from "@/shared/api/history";
import type { Job } from "@/shared/api/jobs";
import { classes } from "@/shared/design/classes";
import { duration } from "@/shared/formatting/numbers";
import styles from "./Timeline.module.css";
import { PHASE_WORDS, phases, type Phase, type PhaseName } from "./phases";

const LOOKS: Readonly<Record<PhaseName, string | undefined>> = {
  queue: styles.queue,
  "earlier attempts": styles.earlier,
  start: styles.start,
  compile: styles.compile,
  run: styles.run,
};

/** Where the job's time went: a picture, the same in words, and the facts that it comes from. */
export function Timeline({ job }: { job: Job }) {
  const { data: facts } = useQuery({
    queryKey: ["facts", job.id],
    queryFn: ({ signal }) => readFacts(job.id, signal),
    staleTime: Infinity, // the job is over
    retry: false,
  });
  const found = phases(job, facts);
  const total = found.reduce((sum, phase) => sum + phase.ms, 0);
  return (
    <div className={styles.timeline}>
      <p className={styles.total}>
        <strong>{duration(total)}</strong> from the request to the verdict
      </p>
      <div className={styles.bar} aria-hidden="true">
        {found.map((phase) => (
          <span key={phase.name} className={LOOKS[phase.name]} style={{ flexGrow: phase.ms }} />
        ))}
      </div>
      <Phases found={found} total={total} />
      {facts !== undefined && <Facts facts={facts} />}
    </div>
  );
}

function Phases({ found, total }: { found: readonly Phase[]; total: number }) {
  return (
    <table className={styles.phases}>
      <caption className="visually-hidden">Where the time went</caption>
      <tbody>
        {found.map((phase) => (
          <tr key={phase.name}>
            <th scope="row">
              <span className={classes(styles.key, LOOKS[phase.name])} aria-hidden="true" />
              {phase.name}
            </th>
            <td className={styles.what}>{PHASE_WORDS[phase.name]}</td>
            <td className={styles.number}>{duration(phase.ms)}</td>
            <td className={styles.number}>{total === 0 ? "" : `${Math.round((100 * phase.ms) / total)} %`}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Facts({ facts }: { facts: readonly Fact[] }) {
  const begin = Date.parse(facts[0]?.at ?? "");
  return (
    <details className={styles.facts}>
      <summary>The {facts.length} facts in the stream</summary>
      <ol>
        {facts.map((fact) => (
          <li key={`${fact.type} ${fact.position}`}>
            <span className={styles.number}>+{duration(Math.max(0, Date.parse(fact.at) - begin))}</span>
            <span>{fact.type.replaceAll("_", " ")}</span>
            <code>{fact.position}</code>
          </li>
        ))}
      </ol>
    </details>
  );
}
