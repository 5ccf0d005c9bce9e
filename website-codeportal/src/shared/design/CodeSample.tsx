import { useState } from "react";
import styles from "./CodeSample.module.css";
import { CopyButton } from "./CopyButton";
import { Tabs, useTabIds } from "./Tabs";

export interface Sample {
  readonly name: string;
  readonly text: string;
}

/** The same thing said in several tools, one at a time, to be copied. */
export function CodeSample({ label, samples }: { label: string; samples: readonly Sample[] }) {
  const [name, setName] = useState(samples[0]?.name ?? "");
  const ids = useTabIds();
  const text = samples.find((sample) => sample.name === name)?.text ?? "";
  return (
    <div className={styles.sample}>
      <div className={styles.head}>
        <Tabs
          label={label}
          ids={ids}
          selected={name}
          onSelect={setName}
          tabs={samples.map((sample) => ({ name: sample.name, label: sample.name }))}
        />
        <CopyButton text={text} />
      </div>
      <div role="tabpanel" id={ids.panel} aria-labelledby={ids.tab(name)}>
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- else it cannot be scrolled by keyboard */}
        <pre className={styles.text} tabIndex={0} role="region" aria-label={`${label}: ${name}`}>
          {text}
        </pre>
      </div>
    </div>
  );
}
