import { Link, useLocation } from "wouter";
import { Button } from "@/shared/design/Button";
import { Notice } from "@/shared/design/Notice";
import { Page } from "@/shared/site/Page";
import { changePassword, requestReset } from "./api";
import { EmailField, FormEnd, FormField, PASSWORD } from "./forms/FormParts";
import styles from "./forms/forms.module.css";
import { useForm } from "./forms/useForm";
import { useToken } from "./token";

/** Forgotten passwords: first for the letter, then where its link leads. */
export function Reset() {
  const [token, forget] = useToken();
  return token === "" ? <AskForLetter /> : <ChooseAnother token={token} onAskAgain={forget} />;
}

function AskForLetter() {
  const form = useForm((values) => requestReset(values.email ?? ""));
  return (
    <Page title="Forgotten password" width="column" className={styles.page}>
      <h1>Forgotten your password?</h1>
      <p className={styles.lead}>Tell us your address, and we send a link to choose another one.</p>
      {form.done ? (
        <Notice kind="good">If there is an account with this address, the letter is on its way.</Notice>
      ) : (
        <form className={styles.form} onSubmit={form.onSubmit}>
          <EmailField form={form} />
          <FormEnd form={form} action="Send the link" />
        </form>
      )}
      <p className={styles.aside}>
        <Link to="/login">Back to signing in</Link>
      </p>
    </Page>
  );
}

function ChooseAnother({ token, onAskAgain }: { token: string; onAskAgain: () => void }) {
  const [, navigate] = useLocation();
  const form = useForm(
    (values) => changePassword({ token, new_password: values.new_password ?? "" }),
    () => {
      navigate("/login");
    },
  );
  const stale = form.reason("token");
  return (
    <Page title="Choose a password" width="column" className={styles.page}>
      <h1>Choose another password</h1>
      {stale !== undefined && (
        <Notice
          kind="danger"
          action={
            <Button small onClick={onAskAgain}>
              Ask for another one
            </Button>
          }
        >
          This link cannot be used any more: {stale}.
        </Notice>
      )}
      <form className={styles.form} onSubmit={form.onSubmit}>
        <FormField
          form={form}
          label="New password"
          name="new_password"
          type="password"
          autoComplete="new-password"
          hint={`At least ${PASSWORD.minLength} characters.`}
          {...PASSWORD}
        />
        <FormEnd form={form} action="Set the password" />
      </form>
    </Page>
  );
}
