import type { ComponentProps } from "react";
import { explain, ProblemError } from "@/shared/api/problem";
import { Button } from "@/shared/design/Button";
import { TextField } from "@/shared/design/Field";
import { Notice } from "@/shared/design/Notice";
import type { Form } from "./useForm";

/** The bounds that the service sets for passwords. */
export const PASSWORD = { minLength: 10, maxLength: 256 } as const;

interface FieldProps extends Omit<ComponentProps<"input">, "form"> {
  form: Form;
  label: string;
  name: string;
  hint?: string;
}

/** A field with what the service said of it. */
export function FormField({ form, ...input }: FieldProps) {
  return <TextField required {...input} error={form.reason(input.name)} />;
}

export function EmailField({ form, ...rest }: { form: Form } & Partial<FieldProps>) {
  return (
    <FormField
      form={form}
      label="Email"
      name="email"
      type="email"
      autoComplete="username"
      inputMode="email"
      {...rest}
    />
  );
}

/** `complaint`: what a refusal without named fields means here. */
export function FormEnd({
  form,
  action,
  kind = "primary",
  complaint,
}: {
  form: Form;
  action: string;
  kind?: "primary" | "danger";
  complaint?: Record<number, string>;
}) {
  const { error } = form;
  const known = error instanceof ProblemError ? complaint?.[error.status] : undefined;
  return (
    <>
      {error !== null && !form.named && <Notice kind="danger">{known ?? explain(error)}</Notice>}
      <Button type="submit" kind={kind} aria-disabled={form.pending}>
        {form.pending ? "One moment" : action}
      </Button>
    </>
  );
}
