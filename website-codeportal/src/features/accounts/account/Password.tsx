import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Notice } from "@/shared/design/Notice";
import { SESSIONS_KEY, changePassword } from "../api";
import { FormEnd, FormField, PASSWORD } from "../forms/FormParts";
import { useForm } from "../forms/useForm";
import styles from "./Account.module.css";

export function Password({ email }: { email: string }) {
  const client = useQueryClient();
  const [round, setRound] = useState(0); // a new round is a new, empty form
  return (
    <Fields
      key={round}
      email={email}
      changed={round > 0}
      onChanged={() => {
        setRound(round + 1);
        // The service ended them all, and gave this browser a new one.
        void client.invalidateQueries({ queryKey: SESSIONS_KEY });
      }}
    />
  );
}

function Fields({ email, changed, onChanged }: { email: string; changed: boolean; onChanged: () => void }) {
  const form = useForm(
    (values) =>
      changePassword({
        current_password: values.current_password ?? "",
        new_password: values.new_password ?? "",
      }),
    onChanged,
  );
  return (
    <form className={styles.form} onSubmit={form.onSubmit}>
      {/* Password managers want to know whose password changes. */}
      <input type="email" name="email" autoComplete="username" value={email} readOnly hidden />
      <FormField
        form={form}
        label="Current password"
        name="current_password"
        type="password"
        autoComplete="current-password"
      />
      <FormField
        form={form}
        label="New password"
        name="new_password"
        type="password"
        autoComplete="new-password"
        hint={`At least ${PASSWORD.minLength} characters.`}
        {...PASSWORD}
      />
      {changed && <Notice kind="good">Your password is changed.</Notice>}
      <FormEnd form={form} action="Change the password" />
    </form>
  );
}
