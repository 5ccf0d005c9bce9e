import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { explain } from "@/shared/api/problem";
import { languagesQuery } from "@/shared/api/service";
import { Tabs, useTabIds } from "@/shared/design/Tabs";
import { Editor } from "@/shared/editor/Editor";
import { Outcome } from "@/shared/execution/Outcome";
import { RunButton } from "@/shared/execution/RunButton";
import { firstProgram } from "@/shared/execution/examples";
import { useRun } from "@/shared/execution/useRun";
import { languageWord } from "@/shared/execution/words";
import { Output } from "@/shared/terminal/Output";
import styles from "./TryIt.module.css";

/** Shown until the service has said what it can run, which most often is this. */
const USUAL = ["python", "go", "javascript"];

/** A program on the first screen that really runs. */
export function TryIt() {
  const { data } = useQuery(languagesQuery);
  const names = data?.map((each) => each.name).filter((name) => firstProgram(name) !== "") ?? [];
  const languages = USUAL.filter((name) => names.length === 0 || names.includes(name));
  const [language, setLanguage] = useState("python");
  const [programs, setPrograms] = useState<Readonly<Record<string, string>>>({});
  const ids = useTabIds();
  const runner = useRun();
  const code = programs[language] ?? firstProgram(language);
  const run = () => {
    runner.run({ language, code });
  };
  return (
    <div className={styles.bench}>
      <div className={styles.head}>
        <Tabs
          label="Language"
          tabs={languages.map((name) => ({ name, label: languageWord(name) }))}
          selected={language}
          onSelect={(name) => {
            setLanguage(name);
            runner.clear();
          }}
          ids={ids}
        />
        <RunButton state={runner.state} onRun={run} onStop={runner.stop} />
      </div>
      <div className={styles.code} role="tabpanel" id={ids.panel} aria-labelledby={ids.tab(language)}>
        <Editor
          load="when idle"
          label="Program"
          language={language}
          value={code}
          onChange={(text) => {
            setPrograms((before) => ({ ...before, [language]: text }));
          }}
          onRun={run}
        />
      </div>
      <div className={styles.verdict}>
        <Outcome state={runner.state} />
      </div>
      <Output
        className={styles.output}
        screen={runner.state.screen}
        placeholder={
          <p className={styles.placeholder}>
            {runner.state.phase === "failed" ? explain(runner.state.error) : "What the program writes comes here."}
          </p>
        }
      />
    </div>
  );
}
