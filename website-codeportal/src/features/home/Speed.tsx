import { Fragment } from "react";
import { classes } from "@/shared/design/classes";
import { languageWord } from "@/shared/execution/words";
import { dateAndTime, duration, multiple, whole } from "@/shared/formatting/numbers";
import styles from "./Speed.module.css";
import { BENCHMARK, comparisons, type Benchmark, type Comparison } from "./benchmark";

const QUIET = 0.5; // the load average up to which the benchmark itself calls a machine quiet

/** Our measured figures, beside what the same program costs without us. Where there are none, nothing is claimed. */
export function Speed({ benchmark = BENCHMARK }: { benchmark?: Benchmark | null }) {
  const compared = benchmark === null ? [] : comparisons(benchmark);
  return (
    <section className={compared.length === 0 ? styles.words : styles.speed} aria-labelledby="speed">
      <div className={styles.words}>
        <h2 id="speed">Waiting is what it does not do</h2>
        <p>
          Interpreters are started before there is a program for them, compilers are called directly, and whoever waits
          for a result is woken by it. {compared.length > 0 && <Ratios compared={compared} />}
        </p>
        <p className={styles.source}>
          {benchmark !== null && compared.length > 0 && <Source benchmark={benchmark} />}{" "}
          <code>python -m tests.benchmarks</code> measures yours.
        </p>
      </div>
      {compared.length > 0 && (
        <div className={styles.charts}>
          {compared.map((each) => (
            <Chart key={each.language} comparison={each} />
          ))}
        </div>
      )}
    </section>
  );
}

/** What the figures say, whatever that is. */
function Ratios({ compared }: { compared: readonly Comparison[] }) {
  return (
    <>
      From request to result, sandbox included, a hello world takes{" "}
      {compared.map(({ language, ours, bare }, at) => (
        <Fragment key={language}>
          {at > 0 && (at === compared.length - 1 ? " and " : ", ")}
          {multiple(ours / bare.ms)} the time of a bare <code>{bare.name}</code> in {languageWord(language)}
        </Fragment>
      ))}
      .
    </>
  );
}

/** When and on what it was measured, and how far to trust it. */
function Source({ benchmark: { machine, at } }: { benchmark: Benchmark }) {
  const busy = machine.load_before > QUIET;
  return (
    <>
      Medians of a hello world, from request to result, all of one run on {dateAndTime(at)}: {machine.cpus} processors
      {machine.processor !== undefined && ` (${plain(machine.processor)})`}, Linux {machine.kernel}
      {busy &&
        `, with others working on it (load ${machine.load_before.toFixed(1)}): compare the bars, not the milliseconds`}
      .
    </>
  );
}

/** A processor's name without its marks. */
function plain(processor: string): string {
  return processor
    .replace(/\((?:R|TM)\)/g, "")
    .replace(/\s+/g, " ")
    .trim();
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
            {whole(best.perSecond)} jobs a second with {best.clients === 1 ? "one client" : `${best.clients} clients`}
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
