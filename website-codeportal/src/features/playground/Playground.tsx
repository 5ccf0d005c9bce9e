import { useEffect, useState } from "react";
import { explain } from "@/shared/api/problem";
import { Notice } from "@/shared/design/Notice";
import { Editor } from "@/shared/editor/Editor";
import { Outcome } from "@/shared/execution/Outcome";
import { RunButton } from "@/shared/execution/RunButton";
import { useRun } from "@/shared/execution/useRun";
import { Page } from "@/shared/site/Page";
import { Output } from "@/shared/terminal/Output";
import styles from "./Playground.module.css";
import { codeOf, loadDraft, saveDraft, withCode } from "./draft";

export function Playground() {
  const [draft, setDraft] = useState(loadDraft);
  const runner = useRun();
  useEffect(() => {
    saveDraft(draft);
  }, [draft]);
  const run = () => {
    runner.run({ language: draft.language, code: codeOf(draft) });
  };
  return (
    <Page title="Playground" width="full">
      <h1 className="visually-hidden">Playground</h1>
      <div className={styles.bar}>
        <RunButton state={runner.state} onRun={run} onStop={runner.stop} />
      </div>
      <div className={styles.panes}>
        <Editor
          label="Program"
          language={draft.language}
          value={codeOf(draft)}
          onChange={(code) => {
            setDraft((before) => withCode(before, code));
          }}
          onRun={run}
        />
        <div className={styles.result}>
          <Outcome state={runner.state} />
          {runner.state.phase === "failed" && <Notice kind="danger">{explain(runner.state.error)}</Notice>}
          <Output screen={runner.state.screen} />
        </div>
      </div>
    </Page>
  );
}
