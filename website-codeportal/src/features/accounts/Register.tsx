import { useState } from "react";
import { Link } from "wouter";
import { Page } from "@/shared/site/Page";
import { register } from "./api";
import { EmailField, FormEnd, FormField, PASSWORD } from "./forms/FormParts";
import styles from "./forms/forms.module.css";
import { useForm } from "./forms/useForm";

export function Register() {
  const [sentTo, setSentTo] = useState<string | null>(null);
  const form = useForm(async (values) => {
    const email = values.email ?? "";
    await register({ email, password: values.password ?? "", display_name: values.display_name ?? "" });
    setSentTo(email);
  });
  if (sentTo !== null) return <LetterSent email={sentTo} />;
  return (
    <Page title="Make an account" width="column" className={styles.page}>
      <h1>Make an account</h1>
      <p className={styles.lead}>It keeps your history, and gives you keys for the API.</p>
      <form className={styles.form} onSubmit={form.onSubmit}>
        <FormField form={form} label="Name" name="display_name" autoComplete="name" hint="How we address you." />
        <EmailField form={form} autoComplete="email" />
        <FormField
          form={form}
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          hint={`At least ${PASSWORD.minLength} characters; a few words are a good one.`}
          {...PASSWORD}
        />
        <FormEnd form={form} action="Make the account" />
      </form>
      <p className={styles.aside}>
        You have one? <Link to="/login">Sign in</Link>
      </p>
    </Page>
  );
}

function LetterSent({ email }: { email: string }) {
  return (
    <Page title="Look into your mail" width="column" className={styles.page}>
      <h1>Look into your mail</h1>
      <p className={styles.lead} role="status">
        A letter is on its way to <strong>{email}</strong>. Its link verifies the address; then you can sign in.
      </p>
      <p className={styles.aside}>
        Nothing came? Look among the unwanted letters, or <Link to="/login">sign in</Link> to have it sent again.
      </p>
    </Page>
  );
}
