import { useCallback, useEffect, useMemo, useReducer, useRef } from "react";
import { isFinal, type Job, type Submission } from "@/shared/api/jobs";
import { Following } from "./follow";
import { IDLE, reduceRun, type RunState } from "./run-state";

export interface Runner {
  readonly state: RunState;
  run: (submission: Submission) => void;
  stop: () => void;
  /** Follows a job again that sight was lost of; it is not submitted again. */
  followAgain: (id: string) => void;
  /** Announces what has to be read first. Whoever asked hears, when that is here, whether it is still what is wanted. */
  ask: () => () => boolean;
  /** Shows a job that was submitted before, and follows it if it goes on. */
  show: (job: Job) => void;
  clear: () => void;
}

/** One place on a page where programs run, one at a time. */
export function useRun(): Runner {
  const [state, dispatch] = useReducer(reduceRun, IDLE);
  const following = useRef<Following | null>(null);
  const count = useRef(0);
  const away = useRef(false);

  /** What ran is left only now, when what takes its place is here. */
  const begin = useCallback(() => {
    following.current?.leave();
    following.current = new Following(count.current, dispatch);
    return following.current;
  }, []);
  const next = useCallback(() => {
    count.current += 1;
    return begin();
  }, [begin]);
  useEffect(() => {
    away.current = false;
    return () => {
      away.current = true;
      following.current?.leave();
    };
  }, []);

  const actions = useMemo(
    () => ({
      run(submission: Submission) {
        void next().start(submission);
      },
      stop() {
        following.current?.stop();
      },
      followAgain(id: string) {
        const follower = next();
        dispatch({ type: "followed", run: count.current, id });
        follower.follow(id);
      },
      ask() {
        count.current += 1;
        const turn = count.current;
        return () => turn === count.current && !away.current;
      },
      show(job: Job) {
        const follower = begin();
        dispatch({ type: "shown", run: count.current, job });
        if (!isFinal(job.status)) follower.follow(job.id);
      },
      clear() {
        next();
        dispatch({ type: "cleared", run: count.current });
      },
    }),
    [begin, next],
  );
  return { state, ...actions };
}
