import { useQuery } from "@tanstack/react-query";
import { useLocation, useParams } from "wouter";
import { readShared, type Shared, type Source } from "@/shared/api/history";
import { explain, ProblemError } from "@/shared/api/problem";
import { Button, ButtonLink } from "@/shared/design/Button";
import { SkeletonRows } from "@/shared/design/Skeleton";
import { classes } from "@/shared/design/classes";
import { Editor } from "@/shared/editor/Editor";
import { Outcome } from "@/shared/execution/Outcome";
import { IDLE, screenOf, type RunState } from "@/shared/execution/run-state";
import { languageWord } from "@/shared/execution/words";
import { bytes, dateAndTime } from "@/shared/formatting/numbers";
import { Page } from "@/shared/site/Page";
import { Output } from "@/shared/terminal/Output";
import { diagnose } from "@/shared/terminal/places";
import styles from "./SharedJob.module.css";
import { loadDraft, saveDraft } from "./draft";
import { sizeOf } from "./files";
import { setAside } from "./previous";
import { draftOf } from "./submission";

/** What somebody shared: the program, its input and its result, to be read or taken along. */
export function SharedJob() {
  const { token } = useParams<{ token: string }>();
  const { data, error } = useQuery({
    queryKey: ["shared", token],
    queryFn: ({ signal }) => readShared(token, signal),
    staleTime: Infinity,
  });
  if (error !== null) return <Gone error={error} />;
  return (
    <Page title="Shared program" width="full" className={styles.shared}>
      {data === undefined ? (
        <SkeletonRows rows={8} height="2rem" label="Loading the program" />
      ) : (
        <Content shared={data} />
      )}
    </Page>
  );
}

function Content({ shared: { source, job } }: { shared: Shared }) {
  const [, navigate] = useLocation();
  const state: RunState = { ...IDLE, run: 1, phase: "done", job, screen: screenOf(job) };
  const take = () => {
    const draft = loadDraft();
    const opened = draftOf(source, draft);
    setAside(draft, opened);
    saveDraft(opened);
    navigate("/play");
  };
  return (
    <>
      <div className={styles.head}>
        <div>
          <h1 className={styles.title}>A program in {languageWord(source.language)}</h1>
          {job.finished_at !== null && <p className={styles.when}>It ran on {dateAndTime(job.finished_at)}.</p>}
        </div>
        <Button kind="primary" onClick={take}>
          Open in the playground
        </Button>
      </div>
      <div className={styles.panes}>
        <Editor label="Program" language={source.language} value={source.code} readOnly diagnoses={diagnose(job)} />
        <div className={styles.result}>
          {source.files.length > 0 && <GivenFiles files={source.files} />}
          {source.args.length > 0 && <Given name="Arguments" text={source.args.join("\n")} />}
          {source.stdin !== "" && <Given name="Input" text={source.stdin} />}
          <div className={styles.outcome}>
            <Outcome state={state} />
          </div>
          <Output className={styles.output} screen={state.screen} placeholder={<p>It wrote nothing.</p>} />
        </div>
      </div>
    </>
  );
}

function Given({ name, text }: { name: string; text: string }) {
  return (
    <div className={styles.given}>
      <h2>{name}</h2>
      <pre>{text.slice(0, 20_000)}</pre>
    </div>
  );
}

/** Closed at first: the result is what people came for. */
function GivenFiles({ files }: Pick<Source, "files">) {
  return (
    <div className={classes(styles.given, styles.files)}>
      <h2>Files beside the program</h2>
      {files.map((file) => (
        <details key={file.path}>
          <summary>
            <code>{file.path}</code> ({bytes(sizeOf(file))})
          </summary>
          <pre>{file.encoding === "utf-8" ? file.content.slice(0, 20_000) : "This file is no text."}</pre>
        </details>
      ))}
    </div>
  );
}

function Gone({ error }: { error: unknown }) {
  const gone = error instanceof ProblemError && error.status === 404;
  return (
    <Page title="Shared program" width="column" className={styles.gone}>
      <h1>{gone ? "This link leads nowhere any more" : "This program could not be loaded"}</h1>
      <p role="alert">{gone ? "Whoever shared the program took the link back, or it was mistyped." : explain(error)}</p>
      <p>
        <ButtonLink to="/play">Open the playground</ButtonLink>
      </p>
    </Page>
  );
}
