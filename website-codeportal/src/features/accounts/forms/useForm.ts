import { useMutation } from "@tanstack/react-query";
import { type SyntheticEvent, useRef } from "react";
import { ProblemError } from "@/shared/api/problem";

export interface Form {
  readonly onSubmit: (event: SyntheticEvent<HTMLFormElement>) => void;
  readonly pending: boolean;
  readonly done: boolean;
  readonly error: unknown;
  /** What is wrong with a field, as the service said. */
  readonly reason: (field: string) => string | undefined;
  /** Whether the service named a field of this form: then the field says it all. */
  readonly named: boolean;
  readonly reset: () => void;
}

type Values = Readonly<Record<string, string>>;

/**
 * A plain form, whose fields the browser and password managers know by their names: `act` gets their values.
 * After a refusal the first field that it names has the focus.
 */
export function useForm<T>(act: (values: Values) => Promise<T>, onDone?: (result: T) => void): Form {
  const form = useRef<HTMLFormElement>(null);
  const mutation = useMutation({
    mutationFn: act,
    onSuccess: (result) => onDone?.(result),
    onError: (error) => {
      if (error instanceof ProblemError)
        focusFirst(
          form.current,
          error.problem.errors.map((each) => each.field),
        );
    },
  });
  const { error } = mutation;
  const reason = (field: string) => (error instanceof ProblemError ? error.reasonFor(field) : undefined);
  return {
    onSubmit: (event) => {
      event.preventDefault();
      if (mutation.isPending) return;
      form.current = event.currentTarget;
      const entries = [...new FormData(event.currentTarget)];
      mutation.mutate(
        Object.fromEntries(entries.map(([name, value]) => [name, typeof value === "string" ? value : ""])),
      );
    },
    pending: mutation.isPending,
    done: mutation.isSuccess,
    error,
    reason,
    named: error instanceof ProblemError && error.problem.errors.length > 0,
    reset: mutation.reset,
  };
}

function focusFirst(form: HTMLFormElement | null, fields: readonly string[]): void {
  for (const control of form?.elements ?? []) {
    if (control instanceof HTMLInputElement && fields.includes(control.name)) {
      control.focus();
      return;
    }
  }
}
