import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { languagesQuery, type Language } from "@/shared/api/service";
import { Button } from "@/shared/design/Button";
import { RunButton } from "@/shared/execution/RunButton";
import { EXAMPLES } from "@/shared/execution/examples";
import { languageWord } from "@/shared/execution/words";
import { ShareIcon } from "@/shared/site/icons";
import { ShareDialog } from "./ShareDialog";
import styles from "./Toolbar.module.css";
import { withCode } from "./draft";
import type { PlaygroundModel } from "./usePlayground";

export function Toolbar({ model, onRun }: { model: PlaygroundModel; onRun: () => void }) {
  const [sharing, setSharing] = useState<string | null>(null);
  const { job } = model.state;
  return (
    <div className={styles.toolbar} role="group" aria-label="Program">
      <LanguagePicker model={model} />
      <ExamplePicker model={model} />
      <span className={styles.gap} />
      <Button
        kind="quiet"
        disabled={job === null}
        onClick={() => {
          setSharing(job?.id ?? null);
        }}
      >
        <ShareIcon /> <span className={styles.word}>Share</span>
      </Button>
      <RunButton state={model.state} onRun={onRun} onStop={model.stop} />
      {sharing !== null && (
        <ShareDialog
          id={sharing}
          onClose={() => {
            setSharing(null);
          }}
        />
      )}
    </div>
  );
}

function LanguagePicker({ model }: { model: PlaygroundModel }) {
  const { data } = useQuery(languagesQuery);
  const { language } = model.draft;
  // The one that is chosen stays on offer, also while nobody knows or runs it.
  const known = data ?? [];
  const missing = known.every((each) => each.name !== language);
  return (
    <select
      className={styles.select}
      aria-label="Language"
      value={language}
      onChange={(event) => {
        model.change({ language: event.target.value });
      }}
    >
      {missing && <option value={language}>{languageWord(language)}</option>}
      {known.map((each) => (
        <option key={each.name} value={each.name}>
          {described(each)}
        </option>
      ))}
    </select>
  );
}

function described(language: Language): string {
  const version = language.versions[language.name] ?? Object.values(language.versions)[0];
  const name = version === undefined ? languageWord(language.name) : `${languageWord(language.name)} ${version}`;
  return language.runners === 0 ? `${name} (no runner)` : name;
}

/** Takes the place of the program; the editor's undo brings that back. */
function ExamplePicker({ model }: { model: PlaygroundModel }) {
  const { language } = model.draft;
  const offered = EXAMPLES.filter((example) => example.language === language);
  return (
    <select
      className={styles.select}
      aria-label="Load an example"
      value=""
      disabled={offered.length === 0}
      onChange={(event) => {
        const example = offered[Number(event.target.value)];
        if (example === undefined) return;
        model.change({ ...withCode(model.draft, example.code), stdin: example.stdin ?? "", files: [], shown: null });
      }}
    >
      <option value="" hidden>
        Examples
      </option>
      {offered.map((example, at) => (
        <option key={example.name} value={at}>
          {example.name}
        </option>
      ))}
    </select>
  );
}
