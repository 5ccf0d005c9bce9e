import type { Source } from "@/shared/api/history";
import type { Limits, Submission } from "@/shared/api/jobs";
import { joinArguments, splitArguments } from "./arguments";
import { codeOf, withCode, type Draft } from "./draft";

/** What is sent: only what was asked for, so that the service's defaults hold for the rest. */
export function submissionOf(draft: Draft): Submission {
  const args = splitArguments(draft.arguments);
  const limits: Limits = {
    ...(draft.wall && { wall: draft.wall }),
    ...(draft.cpu && { cpu: draft.cpu }),
    ...(draft.memory && { memory: draft.memory }),
  };
  return {
    language: draft.language,
    code: codeOf(draft),
    ...(draft.stdin && { stdin: draft.stdin }),
    ...(args.length > 0 && { args }),
    ...(draft.files.length > 0 && { files: draft.files }),
    ...(Object.keys(limits).length > 0 && { limits }),
  };
}

/** `draft` with what was once submitted in its place. Programs in other languages stay. */
export function draftOf(source: Source, draft: Draft): Draft {
  const { limits } = source;
  return withCode(
    {
      ...draft,
      language: source.language,
      stdin: source.stdin,
      arguments: joinArguments(source.args),
      files: source.files,
      shown: null,
      wall: asked(limits?.wall, limits?.wall_ms),
      cpu: asked(limits?.cpu, limits?.cpu_ms),
      memory: size(limits?.memory ?? limits?.memory_bytes),
    },
    source.code,
  );
}

type Given = string | number | null | undefined;

function asked(text: Given, ms: Given): string {
  if (typeof text === "string") return text;
  return typeof ms === "number" ? `${ms}ms` : "";
}

function size(given: Given): string {
  if (typeof given === "number") return given % (1 << 20) === 0 ? `${given / (1 << 20)}MiB` : `${given}B`;
  return given ?? "";
}
