import { Link } from "wouter";
import { CodeSample } from "@/shared/design/CodeSample";
import styles from "./QuickStart.module.css";

const PROGRAM = `{
    "language": "python",
    "code": "print(input()[::-1])",
    "stdin": "hello"
  }`;

function samples(origin: string) {
  return [
    {
      name: "curl",
      text: `curl '${origin}/v1/execute?wait=10s' \\
  -H 'Content-Type: application/json' \\
  -d '${PROGRAM}'`,
    },
    {
      name: "Python",
      text: `import json, urllib.request

job = {"language": "python", "code": "print(input()[::-1])", "stdin": "hello"}
request = urllib.request.Request(
    "${origin}/v1/execute?wait=10s",
    data=json.dumps(job).encode(),
    headers={"Content-Type": "application/json"},
)
with urllib.request.urlopen(request) as answer:
    print(json.load(answer)["stdout"])`,
    },
    {
      name: "JavaScript",
      text: `const answer = await fetch("${origin}/v1/execute?wait=10s", {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({
    language: "python",
    code: "print(input()[::-1])",
    stdin: "hello",
  }),
});
console.log((await answer.json()).stdout);`,
    },
    { name: "codeportal", text: `echo hello > input.txt\ncodeportal run reverse.py --stdin input.txt` },
  ];
}

const STEPS = [
  ["Submit", "202 means the program is in the stream and on disk. It survives the death of any process."],
  ["Watch", "Poll, wait on the request, or listen to events: output comes while the program writes it."],
  ["Look back", "Every step is a fact in a stream. Replay a job, or last week, and compare."],
] as const;

export function QuickStart() {
  return (
    <section className={styles.start} aria-labelledby="quick-start">
      <div className={styles.words}>
        <h2 id="quick-start">One request, one verdict</h2>
        <dl className={styles.steps}>
          {STEPS.map(([name, what]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <p className={styles.own}>
          It runs on a machine of yours: <code>deploy/up</code> on a fresh Debian installs, builds and starts all of it.{" "}
          <Link to="/docs">The whole API</Link>
        </p>
      </div>
      <CodeSample label="A first request" samples={samples(location.origin)} />
    </section>
  );
}
