import { problemSchema, ProblemError, UnexpectedAnswerError, UnreachableError } from "./problem";
import type { z } from "./zod";

export interface RequestOptions {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  body?: unknown;
  signal?: AbortSignal | undefined;
}

/** Statuses of gateways that found nobody behind them. */
const NOBODY = new Set([502, 504]);

/** Asks the API; the answer is what `schema` makes of it. Raises the errors of `problem.ts`, and AbortError. */
export async function request<T>(path: string, schema: z.ZodMiniType<T>, options: RequestOptions = {}): Promise<T> {
  const response = await send(path, options);
  const parsed = schema.safeParse(await json(response, path));
  if (!parsed.success) throw new UnexpectedAnswerError(path, parsed.error);
  return parsed.data;
}

/** Asks for something whose answer has no body that matters. */
export async function command(path: string, options: RequestOptions): Promise<void> {
  await send(path, options);
}

async function send(path: string, { method = "GET", body, signal }: RequestOptions): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: "same-origin",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new UnreachableError(error);
  }
  if (response.ok) return response;
  throw await refusal(response);
}

async function refusal(response: Response): Promise<Error> {
  const parsed = problemSchema.safeParse(await response.json().catch(() => null));
  if (parsed.success) return new ProblemError(parsed.data, retryAfter(response));
  if (NOBODY.has(response.status) || response.status === 500) return new UnreachableError();
  const detail = `The service refused with status ${response.status}.`;
  const title = response.statusText || "Error";
  return new ProblemError({ type: "about:blank", title, status: response.status, detail, errors: [] });
}

function retryAfter(response: Response): number | null {
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds : null;
}

async function json(response: Response, path: string): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    throw new UnexpectedAnswerError(path, error);
  }
}
