const { origin } = location;

export const STARTING = [
  {
    name: "Wait",
    text: `# The answer is held until the job is done, 10 s at most.
curl '${origin}/v1/execute?wait=10s' \\
  -H 'Content-Type: application/json' \\
  -d '{"language": "python", "code": "print(6 * 7)"}'`,
  },
  {
    name: "Poll",
    text: `# 202 with the job's id at once; then as often as you like, or with ?wait=30s.
curl '${origin}/v1/execute' \\
  -H 'Content-Type: application/json' \\
  -d '{"language": "go", "code": "package main\\nfunc main() { println(6 * 7) }"}'
curl '${origin}/v1/execute/JOB'`,
  },
  {
    name: "Listen",
    text: `# Server-Sent Events: status, output as it is written, the verdict.
curl -N '${origin}/v1/execute/JOB/events'`,
  },
  {
    name: "With a key",
    text: `# Keys are made on your account's page.
curl '${origin}/v1/execute?wait=10s' \\
  -H "Authorization: Bearer $CODEPORTAL_KEY" \\
  -H 'Content-Type: application/json' \\
  -H 'Idempotency-Key: order-4711' \\
  -d '{"language": "javascript", "code": "console.log(6 * 7)", "limits": {"wall": "2s", "memory": "64MiB"}}'`,
  },
  {
    name: "Cancel",
    text: `curl -X DELETE '${origin}/v1/execute/JOB'`,
  },
] as const;
