import { useState } from "react";
import { ProblemError } from "@/shared/api/problem";
import { SelectField, TextField } from "@/shared/design/Field";
import { Tabs, useTabIds } from "@/shared/design/Tabs";
import styles from "./Inputs.module.css";
import { splitArguments } from "./arguments";
import type { Draft } from "./draft";

interface Props {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
  /** Why the last submission was refused, if it was. */
  error: unknown;
}

type Name = "input" | "arguments" | "limits";

/** What the program gets besides itself. A mark shows where something is set. */
export function Inputs({ draft, change, error }: Props) {
  const [shown, setShown] = useState<Name>("input");
  const ids = useTabIds();
  const set = {
    input: draft.stdin !== "",
    arguments: draft.arguments !== "",
    limits: draft.wall !== "" || draft.cpu !== "" || draft.memory !== "",
  };
  const label = (name: Name, word: string) => ({
    name,
    label: (
      <>
        {word}
        {set[name] && <span className={styles.set} title="set" />}
      </>
    ),
  });
  return (
    <div className={styles.inputs}>
      <Tabs
        label="Input"
        ids={ids}
        selected={shown}
        onSelect={setShown}
        tabs={[label("input", "Input"), label("arguments", "Arguments"), label("limits", "Limits")]}
      />
      <div className={styles.panel} role="tabpanel" id={ids.panel} aria-labelledby={ids.tab(shown)}>
        {shown === "input" && (
          <textarea
            className={styles.stdin}
            aria-label="Standard input"
            placeholder="What the program reads from standard input"
            value={draft.stdin}
            spellCheck={false}
            onChange={(event) => {
              change({ stdin: event.target.value });
            }}
          />
        )}
        {shown === "arguments" && <Arguments draft={draft} change={change} error={error} />}
        {shown === "limits" && <LimitFields draft={draft} change={change} error={error} />}
      </div>
    </div>
  );
}

function reason(error: unknown, ...fields: string[]): string | undefined {
  if (!(error instanceof ProblemError)) return undefined;
  return fields.map((field) => error.reasonFor(field)).find((each) => each !== undefined);
}

function Arguments({ draft, change, error }: Props) {
  const words = splitArguments(draft.arguments);
  return (
    <div className={styles.fields}>
      <TextField
        label="Arguments"
        placeholder="--name 'Ada Lovelace' 42"
        value={draft.arguments}
        spellCheck={false}
        autoComplete="off"
        error={reason(error, "args", ...words.map((_, at) => `args[${at}]`))}
        hint={
          words.length === 0 ? "Words; quotes around those with spaces." : words.map((word) => `[${word}]`).join(" ")
        }
        onChange={(event) => {
          change({ arguments: event.target.value });
        }}
      />
    </div>
  );
}

const TIMES = ["500ms", "1s", "2s", "5s", "10s", "30s", "60s"];
const SIZES = ["32MiB", "64MiB", "128MiB", "256MiB", "512MiB", "1GiB"];

function LimitFields({ draft, change, error }: Props) {
  return (
    <div className={styles.limits}>
      <Choice
        label="Time"
        name="wall"
        options={TIMES}
        {...{ draft, change }}
        error={reason(error, "limits.wall", "timeout")}
      />
      <Choice label="CPU time" name="cpu" options={TIMES} {...{ draft, change }} error={reason(error, "limits.cpu")} />
      <Choice
        label="Memory"
        name="memory"
        options={SIZES}
        {...{ draft, change }}
        error={reason(error, "limits.memory")}
      />
    </div>
  );
}

interface ChoiceProps extends Omit<Props, "error"> {
  label: string;
  name: "wall" | "cpu" | "memory";
  options: readonly string[];
  error: string | undefined;
}

function Choice({ label, name, options, draft, change, error }: ChoiceProps) {
  const value = draft[name];
  const offered = value === "" || options.includes(value) ? options : [value, ...options];
  return (
    <SelectField
      label={label}
      value={value}
      error={error}
      onChange={(event) => {
        change({ [name]: event.target.value });
      }}
    >
      <option value="">Usual</option>
      {offered.map((option) => (
        <option key={option} value={option}>
          {option.replace(/([a-zA-Z]+)$/, " $1")}
        </option>
      ))}
    </SelectField>
  );
}
