import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { readSource, type Source } from "@/shared/api/history";
import { ProblemError } from "@/shared/api/problem";
import { useRun } from "@/shared/execution/useRun";
import { diagnose, type Diagnosis, type Place } from "@/shared/terminal/places";
import { codeOf, loadDraft, saveDraft, withCode, type Draft } from "./draft";
import { changed, withFile } from "./files";
import { forgetJob, rememberedJobs, rememberJob } from "./remembered";
import { draftOf, submissionOf } from "./submission";

const NOTHING: readonly Diagnosis[] = [];

/** All that the playground knows and does. */
export function usePlayground() {
  const [draft, setDraft] = useState(loadDraft);
  const [target, setTarget] = useState<Place | null>(null);
  const [ranCode, setRanCode] = useState<string | null>(null);
  const { state, ...runner } = useRun();
  const code = codeOf(draft);

  useEffect(() => {
    saveDraft(draft);
  }, [draft]);
  useRemembering(state.jobId, state.language);
  useRestored(runner.show, setDraft, setRanCode);

  const change = useCallback((changes: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...changes }));
  }, []);
  const submit = (next: Draft) => {
    setRanCode(codeOf(next));
    runner.run(submissionOf(next));
  };
  /** Puts a job of before into the editor; with `again` it runs, else its result is shown. Raises the API's errors. */
  const open = async (id: string, again: boolean) => {
    const next = draftOf(await readSource(id), draft);
    setDraft(next);
    if (again) {
      submit(next);
    } else {
      setRanCode(codeOf(next));
      await runner.show(id);
    }
  };
  const { job } = state;
  // Marks belong to the text that ran; as soon as it is edited they would point at something else.
  const diagnoses = useMemo(() => (job !== null && ranCode === code ? diagnose(job) : NOTHING), [job, ranCode, code]);
  return {
    draft,
    code,
    state,
    diagnoses,
    target,
    change,
    changeCode: useCallback((text: string) => {
      setDraft((before) => withCode(before, text));
    }, []),
    changeFile: useCallback((path: string, content: string) => {
      setDraft((before) => ({ ...before, files: changed(before.files, path, { content }) }));
    }, []),
    /** Shows the place in the program, the cursor there. */
    goTo: useCallback((place: Place) => {
      setDraft((before) => ({ ...before, shown: null }));
      setTarget({ ...place });
    }, []),
    /** Adds an empty file that can be typed into at once. */
    addFile: useCallback((path: string) => {
      setDraft((before) => ({ ...before, files: withFile(before.files, path), shown: path }));
      setTarget({ line: 1, column: null });
    }, []),
    run: () => {
      submit(draft);
    },
    stop: runner.stop,
    open,
  };
}

export type PlaygroundModel = ReturnType<typeof usePlayground>;

function useRemembering(id: string | null, language: string | null) {
  useEffect(() => {
    if (id !== null && language !== null) rememberJob({ id, language, at: new Date().toISOString() });
  }, [id, language]);
}

/** Once: the job that the address names, with its program, else the last of this tab. */
function useRestored(
  show: (id: string) => Promise<void>,
  setDraft: (change: (before: Draft) => Draft) => void,
  setRanCode: (code: string) => void,
) {
  const done = useRef(false);
  useEffect(() => {
    if (done.current) return;
    done.current = true;
    const named = new URLSearchParams(location.search).get("job");
    const id = named ?? rememberedJobs()[0]?.id;
    if (id === undefined) return;
    const take = (source: Source) => {
      setDraft((before) => draftOf(source, before));
      setRanCode(source.code);
    };
    const showing = show(id);
    const opening = named === null ? null : readSource(id).then(take);
    Promise.all([showing, opening]).catch((error: unknown) => {
      // Results are kept for a limited time; offline, the next run says so.
      if (error instanceof ProblemError && error.status === 404) forgetJob(id);
    });
  }, [show, setDraft, setRanCode]);
}
