import { UnexpectedAnswerError, UnreachableError } from "@/shared/api/problem";
import { readinessSchema, type Readiness } from "@/shared/api/service";

const PATH = "/health/ready";

/** What the service says of itself. A 503 with a body is an answer, too: it says which part does not work. */
export async function readReadiness(signal: AbortSignal): Promise<Readiness> {
  let body: unknown;
  try {
    body = await (await fetch(PATH, { signal })).json();
  } catch (error) {
    if (signal.aborted) throw error;
    throw new UnreachableError(error); // no answer, or that of a proxy with nobody behind it
  }
  const parsed = readinessSchema.safeParse(body);
  if (!parsed.success) throw new UnexpectedAnswerError(PATH, parsed.error);
  return parsed.data;
}
