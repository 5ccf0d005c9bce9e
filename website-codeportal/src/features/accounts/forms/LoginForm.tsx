import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import type { Account } from "@/shared/api/accounts";
import { explain, ProblemError } from "@/shared/api/problem";
import { Button } from "@/shared/design/Button";
import { Notice } from "@/shared/design/Notice";
import { logIn, NOT_VERIFIED, sendVerification } from "../api";
import { becomeSignedIn } from "../signed-in";
import { EmailField, FormEnd, FormField } from "./FormParts";
import styles from "./forms.module.css";
import { useForm } from "./useForm";

const WRONG = { 401: "The address and the password do not belong together." };

export function LoginForm({ onDone }: { onDone: (account: Account) => void }) {
  const client = useQueryClient();
  const [email, setEmail] = useState("");
  const form = useForm(async (values) => {
    const account = await logIn({ email: values.email ?? "", password: values.password ?? "" });
    await becomeSignedIn(client, account);
    return account;
  }, onDone);
  const unverified = form.error instanceof ProblemError && form.error.problem.type === NOT_VERIFIED;
  return (
    <form className={styles.form} onSubmit={form.onSubmit}>
      <EmailField
        form={form}
        value={email}
        onChange={(event) => {
          setEmail(event.target.value);
        }}
      />
      <FormField form={form} label="Password" name="password" type="password" autoComplete="current-password" />
      <p className={styles.aside}>
        <Link to="/reset">Forgotten your password?</Link>
      </p>
      {unverified ? (
        <Unverified email={email} onBack={form.reset} />
      ) : (
        <FormEnd form={form} action="Sign in" complaint={WRONG} />
      )}
    </form>
  );
}

function Unverified({ email, onBack }: { email: string; onBack: () => void }) {
  const again = useMutation({ mutationFn: sendVerification });
  return (
    <>
      <Notice kind="warning">
        {again.isSuccess
          ? `A new letter is on its way to ${email}.`
          : "This address is not verified yet. The letter that we sent has the link."}
      </Notice>
      {again.error !== null && <Notice kind="danger">{explain(again.error)}</Notice>}
      <div className={styles.row}>
        <Button kind="primary" onClick={onBack}>
          I have verified it
        </Button>
        <Button
          disabled={again.isPending || again.isSuccess}
          onClick={() => {
            again.mutate(email);
          }}
        >
          Send it again
        </Button>
      </div>
    </>
  );
}
