import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { ACCOUNT_KEY, noteSignedIn } from "@/shared/api/accounts";
import { Button } from "@/shared/design/Button";
import { deleteAccount } from "../api";
import { FormEnd, FormField } from "../forms/FormParts";
import { useForm } from "../forms/useForm";
import styles from "./Account.module.css";

/** The first step only shows the second: nothing is lost by one click. */
export function Danger() {
  const [sure, setSure] = useState(false);
  if (sure) {
    return (
      <WithPassword
        onKeep={() => {
          setSure(false);
        }}
      />
    );
  }
  return (
    <div>
      <Button
        kind="danger"
        onClick={() => {
          setSure(true);
        }}
      >
        Delete the account
      </Button>
    </div>
  );
}

function WithPassword({ onKeep }: { onKeep: () => void }) {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const form = useForm(
    (values) => deleteAccount(values.password ?? ""),
    () => {
      navigate("/");
      client.clear();
      noteSignedIn(false);
      client.setQueryData(ACCOUNT_KEY, null);
      sessionStorage.clear(); // the tab's jobs were the account's
    },
  );
  return (
    <form className={styles.form} onSubmit={form.onSubmit}>
      <FormField form={form} label="Your password" name="password" type="password" autoComplete="current-password" />
      <FormEnd form={form} action="Delete it for good" kind="danger" />
      <Button onClick={onKeep}>Keep it</Button>
    </form>
  );
}
