import { languageWord } from "@/shared/execution/words";
import styles from "./Usage.module.css";
import type { Day } from "./days";

const HEIGHT = 120;

interface ChartProps {
  title: string;
  /** What the sum before it is of. */
  noun: string;
  days: readonly Day[];
  unit: string;
}

/** Bars by day, as a picture; the same numbers as a table for those who do not see it. */
export function UsageChart({ title, noun, days, unit }: ChartProps) {
  const most = Math.max(...days.map((day) => day.total), 0);
  const total = days.reduce((sum, day) => sum + day.total, 0);
  const languages = [...new Set(days.flatMap((day) => day.parts.map((part) => part.language)))].sort();
  const number = (value: number) => (Number.isInteger(value) ? String(value) : value.toFixed(2)) + unit;
  return (
    <figure className={styles.chart}>
      <figcaption>
        <strong>{number(Math.round(total * 100) / 100)}</strong> {noun} in {days.length} days
      </figcaption>
      <div className={styles.bars} style={{ height: `${HEIGHT}px` }} aria-hidden="true">
        {days.map((day) => (
          <div key={day.date} className={styles.day} title={`${day.date}: ${number(day.total)}`}>
            {day.parts.map((part) => (
              <span
                key={part.language}
                className={styles[`kind${languages.indexOf(part.language) % 4}`]}
                style={{ height: `${most === 0 ? 0 : (part.value / most) * HEIGHT}px` }}
              />
            ))}
          </div>
        ))}
      </div>
      <p className={styles.legend} aria-hidden="true">
        {languages.map((language, at) => (
          <span key={language}>
            <i className={styles[`kind${at % 4}`]} /> {languageWord(language)}
          </span>
        ))}
      </p>
      <table className="visually-hidden">
        <caption>{title} by day</caption>
        <tbody>
          {days
            .filter((day) => day.total > 0)
            .map((day) => (
              <tr key={day.date}>
                <th scope="row">{day.date}</th>
                <td>{day.parts.map((part) => `${languageWord(part.language)} ${number(part.value)}`).join(", ")}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </figure>
  );
}
