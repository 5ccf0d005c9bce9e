import { useCallback, useEffect, useMemo, useReducer, useRef } from "react";
import { isFinal, readJob, type Submission } from "@/shared/api/jobs";
import { Following } from "./follow";
import { IDLE, reduceRun, type RunState } from "./run-state";

export interface Runner {
  readonly state: RunState;
  run: (submission: Submission) => void;
  stop: () => void;
  /** Shows a job that was submitted before, and follows it if it goes on. Raises the API's errors. */
  show: (id: string) => Promise<void>;
  clear: () => void;
}

/** One place on a page where programs run, one at a time. */
export function useRun(): Runner {
  const [state, dispatch] = useReducer(reduceRun, IDLE);
  const following = useRef<Following | null>(null);
  const count = useRef(0);

  const next = useCallback(() => {
    following.current?.leave();
    count.current += 1;
    following.current = new Following(count.current, dispatch);
    return following.current;
  }, []);
  useEffect(() => () => following.current?.leave(), []);

  const actions = useMemo(
    () => ({
      run(submission: Submission) {
        void next().start(submission);
      },
      stop() {
        following.current?.stop();
      },
      async show(id: string) {
        const follower = next();
        const run = count.current;
        const job = await readJob(id);
        dispatch({ type: "shown", run, job });
        if (run === count.current && !isFinal(job.status)) follower.follow(id);
      },
      clear() {
        next();
        dispatch({ type: "cleared", run: count.current });
      },
    }),
    [next],
  );
  return { state, ...actions };
}
