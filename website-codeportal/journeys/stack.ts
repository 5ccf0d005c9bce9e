/** What an operator does to the stack under test, with the tools that operators have. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const call = promisify(execFile);
const ROOT = join(import.meta.dirname, "..", "..");
const PROJECT = process.env.CODEPORTAL_PROJECT ?? "";
const PYTHON = join(ROOT, ".venv", "bin", "python");
const MUCH = { maxBuffer: 256 * 1024 * 1024 };

/** `codeportal account` with these words. */
export async function account(...words: string[]): Promise<void> {
  await call(PYTHON, ["-m", "deploy.cli", "account", ...words, "--project", PROJECT], { cwd: ROOT });
}

/** What a service wrote so far. */
export async function log(service: string): Promise<string> {
  const labels = [`com.docker.compose.project=${PROJECT}`, `com.docker.compose.service=${service}`];
  const named = await call("docker", ["ps", "--quiet", ...labels.flatMap((label) => ["--filter", `label=${label}`])]);
  const id = named.stdout.trim().split("\n")[0];
  if (!id) throw new Error(`CODEPORTAL_PROJECT=${PROJECT}: no container of the service ${service} runs`);
  const { stdout, stderr } = await call("docker", ["logs", id], MUCH);
  return stdout + stderr;
}

/** Takes a runner away under its job. It is one of this stack, and comes back by itself. */
export async function restartRunner(name: string): Promise<void> {
  if (!name.startsWith(`${PROJECT}-runner-`)) throw new Error(`${name} is no runner of ${PROJECT}`);
  await call("docker", ["restart", "--time", "0", name]);
}
