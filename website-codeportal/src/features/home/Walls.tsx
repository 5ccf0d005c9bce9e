import styles from "./Walls.module.css";

/** From the outside in, as a program meets them from the inside out. */
const WALLS = [
  [
    "Your machine",
    "All that a runner shares with it is a directory with its socket. No path that a job could have made is ever opened from outside.",
  ],
  [
    "A container",
    "Read-only root, no network, no capabilities for jobs. It runs one job at a time, so its limits are the job's.",
  ],
  ["The kernel's filters", "A seccomp profile, no new privileges, Landlock. gVisor in between, where you want it."],
  [
    "A user with nothing",
    "Jobs have a user of their own and no rights. Memory, processors, processes, files and output end at limits.",
  ],
] as const;

/** What stands between a program and the machine, drawn as what it is: rooms in rooms. */
export function Walls() {
  return (
    <section className={styles.walls} aria-labelledby="walls">
      <div className={styles.words}>
        <h2 id="walls">Four walls, and a clean room each time</h2>
        <p>
          After every job all of its processes are ended and every place it could write to is empty, and the runner
          proves it, before the next program comes in. A runner that cannot is replaced.
        </p>
        <ol className={styles.list}>
          {WALLS.map(([name, what], at) => (
            <li key={name}>
              <span className={styles.number} aria-hidden="true">
                {at + 1}
              </span>
              <div>
                <strong>{name}</strong>
                <p>{what}</p>
              </div>
            </li>
          ))}
        </ol>
        <p className={styles.proof}>
          The test suite has over 150 hostile programs, from fork bombs to escapes by symbolic links, and shows of each
          that it succeeds once its defence is taken away.
        </p>
      </div>
      <Rooms />
    </section>
  );
}

function Rooms() {
  return (
    <svg className={styles.picture} viewBox="0 0 400 420" role="img" aria-label="Four arches, one inside the other">
      {[0, 1, 2, 3].map((at) => (
        <g key={at}>
          <path className={styles.arch} d={arch(at)} data-depth={at} />
          <text x="200" y={38 + at * 44} textAnchor="middle">
            {at + 1}
          </text>
        </g>
      ))}
      <path className={styles.program} d={arch(4)} />
      <text className={styles.code} x="200" y="330" textAnchor="middle">
        your program
      </text>
    </svg>
  );
}

function arch(depth: number): string {
  const inset = 10 + depth * 34;
  const top = 12 + depth * 44;
  const radius = 200 - inset;
  return `M${inset} 408V${top + radius}A${radius} ${radius} 0 0 1 ${400 - inset} ${top + radius}V408Z`;
}
