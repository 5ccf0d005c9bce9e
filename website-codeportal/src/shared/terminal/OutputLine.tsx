import type { ReactNode } from "react";
import { classes } from "@/shared/design/classes";
import styles from "./Output.module.css";
import { colours } from "./colours";
import { placesIn, type NamedPlace, type Place } from "./places";
import { textOf, type Line, type Span } from "./screen";
import { PLAIN } from "./style";

export type GoTo = (place: Place) => void;

/** What of an output leads into the editor. */
export interface Links {
  goTo?: GoTo | undefined;
  /** Paths of the files beside the program; the same array as long as they are the same. */
  files?: readonly string[] | undefined;
}

/** A line of output; what a program wrote becomes text nodes, nothing else. */
export function OutputLine({ line, goTo, files }: { line: Line } & Links) {
  const places = goTo === undefined ? [] : placesIn(textOf(line), files);
  return (
    <div className={classes(styles.line, line.source === "stderr" && styles.stderr)}>
      {goTo === undefined || places.length === 0
        ? line.spans.map((span, at) => <Piece key={at} span={span} />)
        : linked(line.spans, places, goTo)}
    </div>
  );
}

function Piece({ span }: { span: Span }) {
  if (span.style === PLAIN) return span.text;
  const { bold, dim, italic, underline, strike } = span.style;
  const names = classes(
    bold && styles.bold,
    dim && styles.dim,
    italic && styles.italic,
    underline && styles.underline,
    strike && styles.strike,
  );
  return (
    <span className={names || undefined} style={colours(span.style)}>
      {span.text}
    </span>
  );
}

/** Spans cut where a place begins or ends; what names one becomes a button. */
function linked(spans: readonly Span[], places: readonly NamedPlace[], goTo: GoTo): ReactNode[] {
  const nodes: ReactNode[] = [];
  let start = 0;
  for (const span of spans) {
    let done = 0;
    for (const place of places) {
      const from = Math.max(place.start - start, done);
      const to = Math.min(place.end - start, span.text.length);
      if (from >= to) continue;
      if (from > done) nodes.push(<Piece key={nodes.length} span={{ ...span, text: span.text.slice(done, from) }} />);
      nodes.push(<PlaceLink key={nodes.length} text={span.text.slice(from, to)} place={place} goTo={goTo} />);
      done = to;
    }
    if (done < span.text.length) {
      nodes.push(<Piece key={nodes.length} span={{ ...span, text: span.text.slice(done) }} />);
    }
    start += span.text.length;
  }
  return nodes;
}

function PlaceLink({ text, place, goTo }: { text: string; place: NamedPlace; goTo: GoTo }) {
  return (
    <button
      type="button"
      className={styles.place}
      title={place.file === null ? `Go to line ${place.line}` : `Go to line ${place.line} of ${place.file}`}
      onClick={() => {
        goTo(place);
      }}
    >
      {text}
    </button>
  );
}
