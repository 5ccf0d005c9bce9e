import { useQuery } from "@tanstack/react-query";
import { explain } from "@/shared/api/problem";
import { languagesQuery, type Language, type Readiness } from "@/shared/api/service";
import { Notice } from "@/shared/design/Notice";
import { SkeletonRows } from "@/shared/design/Skeleton";
import { classes } from "@/shared/design/classes";
import { languageWord } from "@/shared/execution/words";
import { whole } from "@/shared/formatting/numbers";
import { Page } from "@/shared/site/Page";
import styles from "./Status.module.css";
import { readReadiness } from "./readiness";

const AGAIN = 5_000; // ms

/** How the service is, as it says itself, now. */
export function Status() {
  const readiness = useQuery({
    queryKey: ["readiness"],
    queryFn: ({ signal }) => readReadiness(signal),
    refetchInterval: AGAIN,
    retry: false,
  });
  const languages = useQuery({ ...languagesQuery, refetchInterval: AGAIN });
  // All at once: nobody knows before how many rows there are, and what came first would be pushed down by the rest.
  const settled = [readiness, languages].every(({ data, error }) => data !== undefined || error !== null);
  return (
    <Page title="Status" className={styles.status}>
      <Headline readiness={settled ? readiness.data : undefined} error={settled ? readiness.error : null} />
      {settled ? (
        <>
          <section aria-labelledby="parts" className={styles.section}>
            <h2 id="parts">Parts</h2>
            {readiness.data !== undefined && <Parts readiness={readiness.data} />}
          </section>
          <section aria-labelledby="languages" className={styles.section}>
            <h2 id="languages">Languages</h2>
            {languages.error !== null && <Notice kind="danger">{explain(languages.error)}</Notice>}
            {languages.data !== undefined && <Languages languages={languages.data} />}
          </section>
        </>
      ) : (
        <SkeletonRows rows={12} height="2.75rem" label="Asking how parts and languages are" />
      )}
    </Page>
  );
}

function Headline({ readiness, error }: { readiness: Readiness | undefined; error: unknown }) {
  const down = error !== null;
  const ready = !down && readiness?.status === "ready";
  const known = down || readiness !== undefined;
  return (
    <div className={styles.headline} role="status">
      <span className={classes(styles.lamp, known && (ready ? styles.good : styles.bad))} aria-hidden="true" />
      <div>
        <h1>
          {!known ? "One moment" : ready ? "Everything does its work" : down ? "It does not answer" : "Not all is well"}
        </h1>
        <p>
          {down ? explain(error) : "Asked every 5 seconds. Programs that ask want "}
          {!down && <a href="/health/ready">/health/ready</a>}
        </p>
      </div>
    </div>
  );
}

function Parts({ readiness }: { readiness: Readiness }) {
  return (
    <ul className={styles.rows}>
      {Object.entries(readiness.checks).map(([name, check]) => (
        <li key={name}>
          <span className={classes(styles.mark, check.ok ? styles.good : styles.bad)} aria-hidden="true" />
          <span className={styles.name}>{name}</span>
          <span className={styles.state}>{check.ok && check.state === "ok" ? "running" : check.state}</span>
        </li>
      ))}
    </ul>
  );
}

function Languages({ languages }: { languages: readonly Language[] }) {
  if (languages.length === 0) return <Notice kind="warning">No executor is running, so no language is offered.</Notice>;
  return (
    <ul className={styles.rows}>
      {languages.map((language) => (
        <li key={language.name}>
          <span className={classes(styles.mark, language.runners > 0 ? styles.good : styles.bad)} aria-hidden="true" />
          <span className={styles.name}>{languageWord(language.name)}</span>
          <span className={styles.state}>
            {Object.values(language.versions).join(", ")}
            {language.aliases.length > 0 && `, also called ${language.aliases.join(", ")}`}
          </span>
          <Runners language={language} />
        </li>
      ))}
    </ul>
  );
}

/** Each runner as a square, those at work filled. */
function Runners({ language }: { language: Language }) {
  const shown = Math.min(language.runners, 24);
  return (
    <span className={styles.runners}>
      <span aria-hidden="true" className={styles.squares}>
        {Array.from({ length: shown }, (_, at) => (
          <i key={at} data-busy={at < language.busy || undefined} />
        ))}
      </span>
      {whole(language.busy)} of {whole(language.runners)} at work
    </span>
  );
}
