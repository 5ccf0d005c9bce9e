import { useId, type ComponentProps, type ReactNode } from "react";
import styles from "./Field.module.css";
import { classes } from "./classes";

interface Described {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
}

interface Wiring {
  id: string;
  className: string;
  "aria-describedby"?: string;
  "aria-invalid"?: true;
}

/** A labelled control with what is wrong with it, told to everybody. */
export function Field({ label, hint, error, children }: Described & { children: (wiring: Wiring) => ReactNode }) {
  const id = useId();
  const described = classes(error && `${id}-error`, hint !== undefined && `${id}-hint`);
  const wiring: Wiring = {
    id,
    className: styles.control ?? "",
    ...(described && { "aria-describedby": described }),
    ...(error && { "aria-invalid": true as const }),
  };
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      {children(wiring)}
      {error && (
        <p className={styles.error} id={`${id}-error`}>
          {error}
        </p>
      )}
      {hint !== undefined && (
        <p className={styles.hint} id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

export function TextField({ label, hint, error, ...input }: Described & ComponentProps<"input">) {
  return (
    <Field label={label} error={error} {...(hint !== undefined && { hint })}>
      {(wiring) => <input {...input} {...wiring} />}
    </Field>
  );
}

export function SelectField({ label, hint, error, children, ...select }: Described & ComponentProps<"select">) {
  return (
    <Field label={label} error={error} {...(hint !== undefined && { hint })}>
      {(wiring) => (
        <select {...select} {...wiring}>
          {children}
        </select>
      )}
    </Field>
  );
}
