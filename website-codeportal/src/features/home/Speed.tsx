import { classes } from "@/shared/design/classes";
import { languageWord } from "@/shared/execution/words";
import { dateAndTime, duration, whole } from "@/shared/formatting/numbers";
import styles from "./Speed.module.css";
import { BENCHMARK, comparisons, type Benchmark, type Comparison } from "./benchmark";

const QUIET = 0.5; // the load average up to which the benchmark itself calls a machine quiet

/** Our measured figures, beside what the same program costs without us. */
export function Speed() {
  return (
    <section className={BENCHMARK === null ? styles.words : styles.speed} aria-labelledby="speed">
      <div className={styles.words}>
        <h2 id="speed">Waiting is what it does not do</h2>
        <p>
          Interpreters are started before there is a program for them, compilers are called directly, and whoever waits
          for a result is woken by it. So a request costs about what starting the language costs, sandbox included.
        </p>
        <p className={styles.source}>
          {BENCHMARK !== null && <Source benchmark={BENCHMARK} />} <code>python -m tests.benchmarks</code> measures
          yours.
        </p>
      </div>
      {BENCHMARK !== null && (
        <div className={styles.charts}>
          {comparisons(BENCHMARK).map((each) => (
            <Chart key={each.language} comparison={each} />
          ))}
        </div>
      )}
    </section>
  );
}

/** When and on what it was measured, and how far to trust it. */
function Source({ benchmark: { machine, at } }: { benchmark: Benchmark }) {
  const busy = machine.load_before > QUIET;
  return (
    <>
      Medians of a hello world, from request to result, all of one run on {dateAndTime(at)}: {machine.cpus} processors,
      Linux {machine.kernel}
      {busy &&
        `, with others working on it (load ${machine.load_before.toFixed(1)}): compare the bars, not the milliseconds`}
      .
    </>
  );
}

function Chart({ comparison }: { comparison: Comparison }) {
  const { language, ours, bare, dockerExec, dockerRun, best } = comparison;
  const rows: readonly (readonly [string, number | null, boolean])[] = [
    ["CodePortal, over HTTP", ours, true],
    [`${bare.name}, nothing around it`, bare.ms, false],
    ["docker exec", dockerExec, false],
    ["docker run", dockerRun, false],
  ];
  const shown = rows.filter((row): row is readonly [string, number, boolean] => row[1] !== null);
  const longest = Math.max(...shown.map(([, ms]) => ms));
  return (
    <figure className={styles.chart}>
      <figcaption>
        <h3>{languageWord(language)}</h3>
        {best !== null && (
          <span>
            {whole(best.perSecond)} jobs a second with {best.clients} clients
          </span>
        )}
      </figcaption>
      <dl>
        {shown.map(([name, ms, us]) => (
          <div key={name} className={classes(styles.row, us && styles.us)}>
            <dt>{name}</dt>
            <dd>
              <span className={styles.bar} style={{ width: `${(100 * ms) / longest}%` }} aria-hidden="true" />
              <span className={styles.number}>{duration(ms)}</span>
            </dd>
          </div>
        ))}
      </dl>
    </figure>
  );
}
