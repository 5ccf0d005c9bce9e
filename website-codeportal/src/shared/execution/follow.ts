/** Follows one job to its end and tells a reducer. */
import { cancelJob, isFinal, readJob, submit, type Job, type Submission } from "@/shared/api/jobs";
import { mayPass, ProblemError } from "@/shared/api/problem";
import { listen } from "./events";
import { OutputBuffer } from "./output-buffer";
import type { RunAction } from "./run-state";

export type Dispatch = (action: RunAction) => void;

/** Milliseconds after which a job that still waits is asked for its place in the queue, and again. */
const QUEUE_AFTER = 400;
const QUEUE_AGAIN = 1_500;
/** How long one request waits for the end where there is no event stream; Go's syntax. */
const WAIT = "25s";
/** Milliseconds before each further try, where the service is away: an edge that restarts is back before the last. */
const CANCEL_PAUSES: readonly number[] = [500, 1_500];
const POLL_PAUSES: readonly number[] = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000];

export class Following {
  private readonly abort = new AbortController();
  private readonly buffer: OutputBuffer;
  private close: (() => void) | null = null;
  private queueTimer: ReturnType<typeof setTimeout> | undefined;
  private id: string | null = null;
  private stopAsked = false;

  constructor(
    private readonly run: number,
    private readonly dispatch: Dispatch,
  ) {
    this.buffer = new OutputBuffer((chunks) => {
      this.dispatch({ type: "output", run, chunks });
    });
  }

  /** Submits and follows. */
  async start(submission: Submission): Promise<void> {
    const { run } = this;
    this.dispatch({ type: "submitted", run, language: submission.language });
    try {
      const { id } = await submit(submission, this.abort.signal);
      this.dispatch({ type: "accepted", run, id });
      this.follow(id);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Follows a job that was submitted before. */
  follow(id: string): void {
    if (this.abort.signal.aborted) return;
    this.id = id;
    const { run } = this;
    this.close = listen(id, {
      status: (status, attempt) => {
        if (status !== "queued") clearTimeout(this.queueTimer);
        this.buffer.flush();
        this.dispatch({ type: "status", run, status, ...(attempt !== undefined && { attempt }) });
      },
      output: (chunk) => {
        this.buffer.add(chunk);
      },
      done: (job) => {
        this.end(job);
      },
      connection: (connection) => {
        this.dispatch({ type: "connection", run, connection });
      },
      unavailable: () => void this.poll(id),
    });
    this.askForPlace(id, QUEUE_AFTER);
    if (this.stopAsked) void this.cancel(id);
  }

  /** Asks the service to cancel the job; its end comes the same way as any. */
  stop(): void {
    if (this.stopAsked) return;
    this.stopAsked = true;
    this.dispatch({ type: "stopping", run: this.run });
    if (this.id !== null) void this.cancel(this.id);
  }

  /** Looks away. The job goes on. */
  leave(): void {
    this.abort.abort();
    this.close?.();
    clearTimeout(this.queueTimer);
    this.buffer.discard();
  }

  private end(job: Job): void {
    this.close?.();
    clearTimeout(this.queueTimer);
    this.buffer.flush();
    this.dispatch({ type: "ended", run: this.run, job });
  }

  private fail(error: unknown): void {
    if (this.abort.signal.aborted) return;
    this.leave();
    this.dispatch({ type: "failed", run: this.run, error });
  }

  private async poll(id: string): Promise<void> {
    const { run } = this;
    const { signal } = this.abort;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const job = await readJob(id, WAIT, signal);
        if (isFinal(job.status)) {
          this.end(job);
          return;
        }
        failures = 0;
        this.dispatch({ type: "connection", run, connection: "steady" });
        this.dispatch({ type: "status", run, status: job.status });
      } catch (error) {
        const wait = POLL_PAUSES[failures];
        if (wait === undefined || !mayPass(error)) {
          this.fail(error);
          return;
        }
        failures += 1;
        this.dispatch({ type: "connection", run, connection: "lost" });
        await pause(wait);
      }
    }
  }

  private askForPlace(id: string, after: number): void {
    this.queueTimer = setTimeout(() => {
      void readJob(id, undefined, this.abort.signal).then(
        (job) => {
          if (job.status !== "queued" || job.queue === null) return;
          this.dispatch({ type: "queue", run: this.run, queue: job.queue });
          this.askForPlace(id, QUEUE_AGAIN);
        },
        () => {
          if (!this.abort.signal.aborted) this.askForPlace(id, QUEUE_AGAIN); // the place is a courtesy: what follows the job reports failures
        },
      );
    }, after);
  }

  /** What follows the job goes on, whatever becomes of this. */
  private async cancel(id: string): Promise<void> {
    for (const wait of [...CANCEL_PAUSES, null]) {
      try {
        await cancelJob(id);
        return;
      } catch (error) {
        if (error instanceof ProblemError && error.status === 409) return; // it has ended, and its end is on the way
        if (wait === null || !mayPass(error)) {
          this.stopAsked = false; // it can be asked again
          this.dispatch({ type: "unstopped", run: this.run, error });
          return;
        }
        await pause(wait);
      }
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((over) => {
    setTimeout(over, ms);
  });
}
