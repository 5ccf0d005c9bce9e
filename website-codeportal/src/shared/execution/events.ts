/** What the service tells about a job as it happens. */
import { jobPath, jobSchema, statusSchema, type Job, type Status } from "@/shared/api/jobs";
import { z } from "@/shared/api/zod";
import type { Chunk } from "./run-state";

const statusEvent = z.object({ status: statusSchema, attempt: z.optional(z.number()) });
const textEvent = z.object({ text: z.string() });

export interface Listener {
  status: (status: Status, attempt?: number) => void;
  output: (chunk: Chunk) => void;
  done: (job: Job) => void;
  /** Connected, or the connection was lost and the browser is making another. */
  connection: (connection: "steady" | "lost") => void;
  /** There is no stream to have: ask in another way. */
  unavailable: () => void;
}

/** Listens to the job's events; returns what ends that. A reconnect goes on where the last event left off. */
export function listen(id: string, listener: Listener): () => void {
  const source = new EventSource(`${jobPath(id)}/events`);
  const on = <T>(name: string, schema: z.ZodMiniType<T>, take: (value: T) => void) => {
    source.addEventListener(name, (event: MessageEvent<string>) => {
      const parsed = schema.safeParse(json(event.data));
      if (parsed.success) {
        take(parsed.data);
      } else {
        source.close();
        listener.unavailable();
      }
    });
  };
  on("status", statusEvent, ({ status, attempt }) => {
    listener.status(status, attempt);
  });
  on("stdout", textEvent, ({ text }) => {
    listener.output({ source: "stdout", text });
  });
  on("stderr", textEvent, ({ text }) => {
    listener.output({ source: "stderr", text });
  });
  on("done", jobSchema, (job) => {
    source.close(); // else the browser would take the end for a lost connection
    listener.done(job);
  });
  source.addEventListener("open", () => {
    listener.connection("steady");
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) listener.unavailable();
    else listener.connection("lost");
  });
  return () => {
    source.close();
  };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no schema takes it
  }
}
