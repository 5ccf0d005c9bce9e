/** Programs to begin with. Each shows something that a sandbox has to get right. */
export interface Example {
  readonly name: string;
  readonly language: string;
  readonly code: string;
  readonly stdin?: string;
}

const PYTHON_HELLO = `import sys

print("Hello from", sys.version.split()[0])
for n in range(1, 6):
    print(n, "squared is", n * n)
`;

const GO_HELLO = `package main

import (
	"fmt"
	"runtime"
)

func main() {
	fmt.Println("Hello from", runtime.Version())
	for n := 1; n <= 5; n++ {
		fmt.Println(n, "squared is", n*n)
	}
}
`;

const JAVASCRIPT_HELLO = `console.log("Hello from Node.js", process.version);
for (let n = 1; n <= 5; n++) {
  console.log(n, "squared is", n * n);
}
`;

const PYTHON_LIVE = `import sys
import time

for step in range(1, 21):
    bar = "█" * step + "░" * (20 - step)
    print(f"\\r\\x1b[32m{bar}\\x1b[0m {step * 5:3d} %", end="", flush=True)
    time.sleep(0.08)
print()
print("warming up is for athletes", file=sys.stderr)
print("\\x1b[1mDone.\\x1b[0m")
`;

const PYTHON_INPUT = `import sys
from collections import Counter

words = Counter(sys.stdin.read().lower().split())
for word, count in words.most_common(5):
    print(f"{count:3d}  {word}")
`;

const PYTHON_TRACEBACK = `def mean(numbers):
    return sum(numbers) / len(numbers)


print(mean([1, 2, 3]))
print(mean([]))
`;

const GO_COMPILE_ERROR = `package main

import "fmt"

func main() {
	total := 0
	for _, n := range []int{1, 2, 3} {
		totl += n
	}
	fmt.Println(total)
}
`;

const PYTHON_LOOP = `# It never ends by itself: press Stop, or let the time limit end it.
n = 0
while True:
    n += 1
    if n % 10_000_000 == 0:
        print(n, flush=True)
`;

const JAVASCRIPT_CLOCK = `const start = Date.now();
let ticks = 0;
const timer = setInterval(() => {
  ticks += 1;
  console.log(\`tick \${ticks} after \${Date.now() - start} ms\`);
  if (ticks === 8) clearInterval(timer);
}, 150);
`;

const PYTHON_ESCAPE = `import os
import socket

print("user id:", os.getuid())
for what, attempt in {
    "write to /etc": lambda: open("/etc/passwd", "a"),
    "reach the network": lambda: socket.create_connection(("192.0.2.1", 80), timeout=1),
    "become root": lambda: os.setuid(0),
}.items():
    try:
        attempt()
        print(what, "worked")
    except OSError as error:
        print(what, "-", error)
`;

export const EXAMPLES: readonly Example[] = [
  { name: "Hello", language: "python", code: PYTHON_HELLO },
  { name: "Live output", language: "python", code: PYTHON_LIVE },
  {
    name: "Count words of the input",
    language: "python",
    code: PYTHON_INPUT,
    stdin: "the quick brown fox jumps over the lazy dog and the dog sleeps on\n",
  },
  { name: "A traceback", language: "python", code: PYTHON_TRACEBACK },
  { name: "An endless loop", language: "python", code: PYTHON_LOOP },
  { name: "Try to get out", language: "python", code: PYTHON_ESCAPE },
  { name: "Hello", language: "go", code: GO_HELLO },
  { name: "A compile error", language: "go", code: GO_COMPILE_ERROR },
  { name: "Hello", language: "javascript", code: JAVASCRIPT_HELLO },
  { name: "A clock", language: "javascript", code: JAVASCRIPT_CLOCK },
];

/** What the editor holds before anybody typed. */
export function firstProgram(language: string): string {
  return EXAMPLES.find((example) => example.language === language)?.code ?? "";
}
