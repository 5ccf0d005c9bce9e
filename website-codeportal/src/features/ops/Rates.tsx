import { bytes, duration, rate, whole } from "@/shared/formatting/numbers";
import styles from "./Operations.module.css";
import { Sparkline } from "./Sparkline";
import type { Overview } from "./api";
import type { Sample } from "./recent";

/** The system in four numbers, and how they moved while this page was open. */
export function Rates({ overview, recent }: { overview: Overview; recent: readonly Sample[] }) {
  const { rates, redis, archive } = overview;
  const now = recent.at(-1);
  const runners = overview.languages.reduce((sum, language) => sum + language.runners, 0);
  return (
    <div className={styles.rates}>
      <div>
        <h2>Jobs ended a second</h2>
        <p className={styles.figure}>{rate(rates.ended)}</p>
        <Sparkline values={recent.map((sample) => sample.ended)} />
        <p>
          {rate(rates.succeeded)} succeeded, {rate(rates.lost)} lost, over {whole(rates.seconds)} s
        </p>
      </div>
      <div>
        <h2>Jobs waiting</h2>
        <p className={styles.figure}>{whole(now?.waiting ?? 0)}</p>
        <Sparkline values={recent.map((sample) => sample.waiting)} />
        <p>{oldest(overview)}</p>
      </div>
      <div>
        <h2>Runners at work</h2>
        <p className={styles.figure}>
          {whole(now?.busy ?? 0)} <small>of {whole(runners)}</small>
        </p>
        <Sparkline values={recent.map((sample) => sample.busy)} most={runners} />
        <p>{overview.actors.filter((actor) => actor.kind === "executor").length} executors</p>
      </div>
      <div>
        <h2>Redis</h2>
        <p className={styles.figure}>{bytes(redis.used_bytes)}</p>
        <Meter value={redis.used_bytes} most={redis.limit_bytes} />
        <p>
          {redis.limit_bytes === null ? "no limit set" : `of ${bytes(redis.limit_bytes)}`}
          {archive !== null && `; archive ${whole(archive.waiting)} facts behind`}
        </p>
      </div>
    </div>
  );
}

function oldest(overview: Overview): string {
  const ages = overview.languages.map((language) => language.oldest_waiting_ms ?? 0);
  const most = Math.max(0, ...ages);
  return most === 0 ? "nothing waits" : `the oldest for ${duration(most)}`;
}

function Meter({ value, most }: { value: number; most: number | null }) {
  const share = most === null || most === 0 ? 0 : Math.min(1, value / most);
  return (
    <div className={styles.meter} aria-hidden="true">
      <span style={{ width: `${share * 100}%` }} data-full={share > 0.8 || undefined} />
    </div>
  );
}
