import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { readSource, type Source } from "@/shared/api/history";
import { readJob, type Job } from "@/shared/api/jobs";
import { ProblemError } from "@/shared/api/problem";
import { useRun, type Runner } from "@/shared/execution/useRun";
import { diagnose, type Diagnosis, type Place } from "@/shared/terminal/places";
import { codeOf, FIRST, loadDraft, saveDraft, shownFile, withCode, type Draft } from "./draft";
import { changed, withFile } from "./files";
import { forgetJob, rememberedJobs, rememberJob } from "./remembered";
import { draftOf, submissionOf } from "./submission";
import { usePrevious } from "./usePrevious";

type Texts = Pick<Source, "code" | "files">;

const NOTHING: readonly Diagnosis[] = [];

/** All that the playground knows and does. */
export function usePlayground() {
  const [draft, setDraft] = useState(loadDraft);
  const [target, setTarget] = useState<Place | null>(null);
  const [ran, setRan] = useState<Texts | null>(null);
  const { state, ...runner } = useRun();
  const code = codeOf(draft);

  useEffect(() => {
    saveDraft(draft);
  }, [draft]);
  useRemembering(state.jobId, state.language);
  useRestored(runner, setDraft, setRan);

  const change = useCallback((changes: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...changes }));
  }, []);
  const submit = (next: Draft) => {
    setRan({ code: codeOf(next), files: next.files });
    runner.run(submissionOf(next));
  };
  /**
   * Puts a job of before into the editor; with `again` it runs, else its result is shown. Nothing changes before all of
   * it is here. False where something else was wanted meanwhile. Raises the API's errors.
   */
  const open = async (id: string, again: boolean): Promise<boolean> => {
    const wanted = runner.ask();
    const [source, job] = await Promise.all([readSource(id), again ? null : readJob(id)]);
    if (!wanted()) return false;
    setDraft((before) => draftOf(source, before));
    if (job === null) {
      submit(draftOf(source, FIRST)); // of the draft only what came with the source is sent
    } else {
      setRan(source);
      runner.show(job);
    }
    return true;
  };
  const paths = usePaths(draft);
  const before = usePrevious(draft, setDraft);
  const diagnoses = useDiagnoses(state.job, ran, draft);
  return {
    draft,
    code,
    /** Of the files, the same array as long as they are the same. */
    paths,
    state,
    /** What is wrong in the text that is in the editor. */
    diagnoses,
    target,
    change,
    changeCode: useCallback((text: string) => {
      setDraft((before) => withCode(before, text));
    }, []),
    changeFile: useCallback((path: string, content: string) => {
      setDraft((before) => ({ ...before, files: changed(before.files, path, { content }) }));
    }, []),
    /** Shows the place in its text, the cursor there. */
    goTo: useCallback((place: Place) => {
      setDraft((before) => ({ ...before, shown: place.file }));
      setTarget({ ...place });
    }, []),
    /** Adds an empty file that can be typed into at once. */
    addFile: useCallback((path: string) => {
      setDraft((before) => ({ ...before, files: withFile(before.files, path), shown: path }));
      setTarget({ file: path, line: 1, column: null });
    }, []),
    run: () => {
      submit(draft);
    },
    stop: runner.stop,
    followAgain: runner.followAgain,
    open,
    before,
  };
}

export type PlaygroundModel = ReturnType<typeof usePlayground>;

function usePaths({ files }: Draft): readonly string[] {
  const key = files.map(({ path }) => path).join("\n");
  return useMemo(() => (key === "" ? [] : key.split("\n")), [key]);
}

/** Marks belong to the text that ran; as soon as it is edited they would point at something else. */
function useDiagnoses(job: Job | null, ran: Texts | null, draft: Draft): readonly Diagnosis[] {
  const shown = shownFile(draft)?.path ?? null;
  const unchanged = ran !== null && textIn({ code: codeOf(draft), files: draft.files }, shown) === textIn(ran, shown);
  return useMemo(() => {
    if (job === null || ran === null || !unchanged) return NOTHING;
    const paths = ran.files.map(({ path }) => path);
    return diagnose(job, paths).filter(({ file }) => file === shown);
  }, [job, ran, unchanged, shown]);
}

function textIn({ code, files }: Texts, path: string | null): string | undefined {
  return path === null ? code : files.find((file) => file.path === path)?.content;
}

function useRemembering(id: string | null, language: string | null) {
  useEffect(() => {
    if (id !== null && language !== null) rememberJob({ id, language, at: new Date().toISOString() });
  }, [id, language]);
}

/** Once: the job that the address names, with its program, else the last of this tab. */
function useRestored(
  { ask, show }: Pick<Runner, "ask" | "show">,
  setDraft: (change: (before: Draft) => Draft) => void,
  setRan: (ran: Texts) => void,
) {
  const done = useRef(false);
  useEffect(() => {
    if (done.current) return;
    done.current = true;
    const named = new URLSearchParams(location.search).get("job");
    const id = named ?? rememberedJobs()[0]?.id;
    if (id === undefined) return;
    const wanted = ask();
    const take = (source: Source) => {
      if (!wanted()) return;
      setDraft((before) => draftOf(source, before));
      setRan(source);
    };
    const showing = readJob(id).then((job) => {
      if (wanted()) show(job);
    });
    const opening = named === null ? null : readSource(id).then(take);
    Promise.all([showing, opening]).catch((error: unknown) => {
      // Results are kept for a limited time; offline, the next run says so.
      if (error instanceof ProblemError && error.status === 404) forgetJob(id);
    });
  }, [ask, show, setDraft, setRan]);
}
