import { z } from "./zod";

/** RFC 9457, as every refusal of the API is. */
export const problemSchema = z.object({
  type: z._default(z.string(), "about:blank"),
  title: z._default(z.string(), "Error"),
  status: z.number(),
  detail: z._default(z.string(), ""),
  errors: z._default(z.array(z.object({ field: z.string(), reason: z.string() })), []),
});

/** The type of a 401 to a browser whose session has ended; the cookie is gone with that answer. */
export const SESSION_ENDED = "urn:codeportal:session-ended";

export type Problem = z.infer<typeof problemSchema>;

/** The API said no; `problem` says why. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";

  constructor(
    readonly problem: Problem,
    /** Seconds after which the API wants to be asked again. */
    readonly retryAfter: number | null = null,
  ) {
    super(problem.detail || problem.title);
  }

  get status(): number {
    return this.problem.status;
  }

  /** What is wrong with `field`, if that is why. */
  reasonFor(field: string): string | undefined {
    return this.problem.errors.find((error) => error.field === field)?.reason;
  }
}

/** Nobody answered: no network, no server, or a proxy before it that cannot reach one. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";

  constructor(cause?: unknown) {
    super("The service cannot be reached.", { cause });
  }
}

/** The answer is not what the contract says: two versions that do not fit together. */
export class UnexpectedAnswerError extends Error {
  override readonly name = "UnexpectedAnswerError";

  constructor(path: string, cause?: unknown) {
    super(`The service answered ${path} in a way that this page does not understand. Reload the page.`, { cause });
  }
}

/** Statuses of a service, or of a gateway before it, that is not there at the moment. */
const AWAY = new Set([502, 503, 504]);

/** Whether it may be another answer in a moment: nobody gave one, or somebody who cannot now. */
export function mayPass(error: unknown): boolean {
  return error instanceof UnreachableError || (error instanceof ProblemError && AWAY.has(error.status));
}

/** `error` as a sentence for people. */
export function explain(error: unknown): string {
  if (error instanceof ProblemError && error.status === 429 && error.retryAfter !== null) {
    return `${error.message} Try again in ${error.retryAfter} s.`;
  }
  return error instanceof Error ? error.message : "Something went wrong.";
}
