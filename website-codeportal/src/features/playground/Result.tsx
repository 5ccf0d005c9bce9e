import { useState } from "react";
import { Button } from "@/shared/design/Button";
import { Tabs, useTabIds } from "@/shared/design/Tabs";
import { Outcome } from "@/shared/execution/Outcome";
import { RunFailure } from "@/shared/execution/RunFailure";
import { isLost, type RunState } from "@/shared/execution/run-state";
import { DownloadIcon } from "@/shared/site/icons";
import { Output } from "@/shared/terminal/Output";
import { History } from "./History";
import styles from "./Result.module.css";
import { saveOutput } from "./saving";
import { Timeline } from "./timeline/Timeline";
import type { PlaygroundModel } from "./usePlayground";

type Name = "output" | "timeline" | "history";

const TABS = [
  { name: "output", label: "Output" },
  { name: "timeline", label: "Timeline" },
  { name: "history", label: "History" },
] as const;

export function Result({ model, onRun }: { model: PlaygroundModel; onRun: () => void }) {
  const [shown, setShown] = useState<Name>("output");
  const ids = useTabIds();
  const { state } = model;
  const { job } = state;
  return (
    <>
      <div className={styles.head}>
        <Tabs label="Result" ids={ids} tabs={TABS} selected={shown} onSelect={setShown} />
        <Button
          kind="quiet"
          small
          disabled={job === null || state.screen.lines === 0}
          onClick={() => {
            if (job !== null) saveOutput(job);
          }}
        >
          <DownloadIcon /> Download
        </Button>
      </div>
      <div className={styles.outcome}>
        <Outcome state={state} />
      </div>
      {state.phase === "failed" && (
        <div className={styles.notice}>
          <RunFailure
            error={state.error}
            lost={isLost(state)}
            onRetry={() => {
              if (state.jobId === null) onRun();
              else model.followAgain(state.jobId);
            }}
          />
        </div>
      )}
      <div className={styles.panel} role="tabpanel" id={ids.panel} aria-labelledby={ids.tab(shown)}>
        {shown === "output" && (
          <>
            <Output
              className={styles.output}
              screen={state.screen}
              goTo={model.goTo}
              files={model.paths}
              placeholder={placeholder(state)}
            />
            {(job?.truncated?.stdout === true || job?.truncated?.stderr === true) && (
              <p className={styles.truncated}>It wrote more than its limit; the rest was not kept.</p>
            )}
          </>
        )}
        {shown === "timeline" &&
          (job === null ? (
            <Nothing text="When a program has run, this shows where its time went." />
          ) : (
            <Timeline job={job} />
          ))}
        {shown === "history" && (
          <History
            current={state.jobId}
            onOpen={async (id, again) => {
              if (await model.open(id, again)) setShown("output");
            }}
          />
        )}
      </div>
    </>
  );
}

function placeholder(state: RunState) {
  if (state.phase === "idle") return <Nothing text="Run the program to see its output as it is written." />;
  if (state.phase === "done") return <Nothing text="It wrote nothing." />;
  return null;
}

function Nothing({ text }: { text: string }) {
  return <p className={styles.nothing}>{text}</p>;
}
