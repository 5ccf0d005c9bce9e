import { useEffect, useRef } from "react";
import { useTabIds } from "@/shared/design/Tabs";
import { takeRunKey } from "@/shared/editor/run-key";
import { Page } from "@/shared/site/Page";
import { Files } from "./Files";
import { Inputs } from "./Inputs";
import styles from "./Playground.module.css";
import { PreviousDraft } from "./PreviousDraft";
import { Result } from "./Result";
import { Text } from "./Text";
import { Toolbar } from "./Toolbar";
import { shownTab } from "./useFiles";
import { usePlayground } from "./usePlayground";

export function Playground() {
  const model = usePlayground();
  const ids = useTabIds();
  const result = useRef<HTMLElement>(null);
  const { run } = useShortcut(model.run, result);
  return (
    <Page title="Playground" width="full" className={styles.playground}>
      <h1 className="visually-hidden">Playground</h1>
      <Toolbar model={model} onRun={run} />
      <PreviousDraft model={model} ids={ids} />
      <div className={styles.panes}>
        <section className={styles.program} aria-label="Program and input">
          <Files model={model} ids={ids} />
          <div className={styles.text} role="tabpanel" id={ids.panel} aria-labelledby={ids.tab(shownTab(model.draft))}>
            <Text model={model} onRun={run} />
          </div>
          <Inputs draft={model.draft} change={model.change} error={model.state.error} />
        </section>
        <section ref={result} className={styles.result} aria-label="Result">
          <Result model={model} onRun={run} />
        </section>
      </div>
    </Page>
  );
}

/** Ctrl or Cmd with Enter runs from anywhere on the page; where the result is below the screen it comes into view. */
function useShortcut(runModel: () => void, result: { readonly current: HTMLElement | null }) {
  const run = () => {
    runModel();
    const box = result.current;
    if (box !== null && box.getBoundingClientRect().top > innerHeight * 0.7) box.scrollIntoView({ block: "end" });
  };
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!event.defaultPrevented) takeRunKey(event, latest.current);
    };
    addEventListener("keydown", press);
    return () => {
      removeEventListener("keydown", press);
    };
  }, []);
  return { run };
}
