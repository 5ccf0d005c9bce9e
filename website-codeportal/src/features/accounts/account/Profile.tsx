import { useQueryClient } from "@tanstack/react-query";
import { ACCOUNT_KEY, type Account } from "@/shared/api/accounts";
import { Notice } from "@/shared/design/Notice";
import { rename } from "../api";
import { FormEnd, FormField } from "../forms/FormParts";
import { useForm } from "../forms/useForm";
import styles from "./Account.module.css";

export function Profile({ account }: { account: Account }) {
  const client = useQueryClient();
  const form = useForm(
    (values) => rename(values.display_name ?? ""),
    (changed) => client.setQueryData(ACCOUNT_KEY, changed),
  );
  return (
    <form className={styles.form} onSubmit={form.onSubmit}>
      <FormField
        form={form}
        label="Name"
        name="display_name"
        autoComplete="name"
        defaultValue={account.display_name}
        onInput={form.reset}
      />
      {form.done && <Notice kind="good">Saved.</Notice>}
      <FormEnd form={form} action="Save" />
    </form>
  );
}
