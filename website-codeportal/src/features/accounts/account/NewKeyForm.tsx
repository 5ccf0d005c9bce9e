import { useState } from "react";
import { SelectField } from "@/shared/design/Field";
import { createKey, SCOPES, type NewKey, type Scope } from "../api";
import { FormEnd, FormField } from "../forms/FormParts";
import { useForm } from "../forms/useForm";
import styles from "./Account.module.css";

const MEANINGS: Readonly<Record<Scope, string>> = {
  execute: "run and stop programs",
  read: "read jobs and history",
  account: "manage the account",
};
const DAY = 86_400_000; // ms

export function NewKeyForm({ onMade }: { onMade: (key: NewKey) => void }) {
  const [round, setRound] = useState(0); // a new round is a new, empty form
  const form = useForm(
    (values) => {
      const days = Number(values.expires);
      return createKey({
        name: values.name ?? "",
        scopes: SCOPES.filter((scope) => values[scope] === "on"),
        ...(days > 0 && { expires_at: new Date(Date.now() + days * DAY).toISOString() }),
      });
    },
    (key) => {
      setRound(round + 1);
      onMade(key);
    },
  );
  const wrongScopes = form.reason("scopes");
  return (
    <form key={round} className={styles.form} onSubmit={form.onSubmit} aria-label="New API key">
      <FormField form={form} label="Name of a new key" name="name" autoComplete="off" placeholder="What will use it" />
      <fieldset className={styles.scopes}>
        <legend>It may</legend>
        {SCOPES.map((scope) => (
          <label key={scope}>
            <input type="checkbox" name={scope} defaultChecked={scope !== "account"} /> {MEANINGS[scope]}
          </label>
        ))}
      </fieldset>
      {wrongScopes !== undefined && <p role="alert">{wrongScopes}</p>}
      <SelectField label="It expires" name="expires" defaultValue="" error={form.reason("expires_at")}>
        <option value="">never</option>
        <option value="30">in 30 days</option>
        <option value="90">in 90 days</option>
        <option value="365">in a year</option>
      </SelectField>
      <FormEnd form={form} action="Make the key" />
    </form>
  );
}
