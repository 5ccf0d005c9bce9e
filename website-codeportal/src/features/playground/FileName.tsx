import { useEffect, useRef, useState } from "react";
import { Button } from "@/shared/design/Button";
import { Field } from "@/shared/design/Field";
import styles from "./Files.module.css";

interface Props {
  label: string;
  first: string;
  action: string;
  /** Why a name cannot be, if it cannot. */
  wrong: (path: string) => string | null;
  onName: (path: string) => void;
  onCancel: () => void;
}

/** Asks for a file's name. What is wrong with it is said once somebody wanted it. */
export function FileName({ label, first, action, wrong, onName, onCancel }: Props) {
  const [name, setName] = useState(first);
  const [error, setError] = useState<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current?.select();
    input.current?.focus();
  }, []);
  return (
    <form
      className={styles.name}
      onSubmit={(event) => {
        event.preventDefault();
        const path = name.trim();
        const reason = wrong(path);
        setError(reason);
        if (reason === null) onName(path);
        else input.current?.focus();
      }}
    >
      <Field label={label} error={error ?? undefined}>
        {(wiring) => (
          <input
            {...wiring}
            ref={input}
            value={name}
            placeholder="data/words.txt"
            autoCapitalize="off"
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => {
              setName(event.target.value);
              setError(null);
            }}
            onKeyDown={(event) => {
              if (event.key === "Escape") onCancel();
            }}
          />
        )}
      </Field>
      <Button kind="primary" type="submit">
        {action}
      </Button>
      <Button kind="quiet" onClick={onCancel}>
        Cancel
      </Button>
    </form>
  );
}
