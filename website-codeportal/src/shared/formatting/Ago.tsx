import { useEffect, useState } from "react";
import { ago, dateAndTime } from "./numbers";

const TICK = 15_000; // ms

/** How long ago `moment` was, kept true. */
export function Ago({ moment }: { moment: string }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(Date.now());
    }, TICK);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return (
    <time dateTime={moment} title={dateAndTime(moment)}>
      {ago(moment, now)}
    </time>
  );
}
