import { vi } from "vitest";

export interface Asked {
  readonly path: string;
  readonly method: string;
  readonly body: unknown;
}

type Answer = (asked: Asked) => Response | Promise<Response>;

/** The service, as far as a test needs it: answers by method and path. Returns what it was asked. */
export function answering(answers: Record<string, Answer>): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => {
    const body: unknown = typeof init.body === "string" ? JSON.parse(init.body) : null;
    const request = { path, method: init.method ?? "GET", body };
    const answer = answers[`${request.method} ${path}`];
    if (answer === undefined) return Promise.reject(new TypeError(`nobody answers ${request.method} ${path}`));
    asked.push(request);
    return Promise.resolve(answer(request));
  });
  return asked;
}

export function refusal(status: number, type = "about:blank") {
  return Response.json({ type, title: "No", status, detail: "No." }, { status });
}
