import type { Job } from "@/shared/api/jobs";

/** Saves what the job wrote as files, whole and as it is: the screen shows a picture of it. */
export function saveOutput(job: Job): void {
  if (job.stdout) save(`${job.id}.stdout.txt`, job.stdout);
  const errors = `${job.compile?.stdout ?? ""}${job.compile?.stderr ?? ""}${job.stderr ?? ""}`;
  if (errors !== "") save(`${job.id}.stderr.txt`, errors);
}

function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
