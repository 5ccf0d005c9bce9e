import { memo, useEffect, useLayoutEffect, useRef, type ReactNode } from "react";
import { classes } from "@/shared/design/classes";
import { whole } from "@/shared/formatting/numbers";
import styles from "./Output.module.css";
import { OutputLine, type Links } from "./OutputLine";
import type { Block, Screen } from "./screen";

interface Props extends Links {
  screen: Screen;
  /** What is there while nothing was written. */
  placeholder?: ReactNode;
  className?: string | undefined;
}

/** Pixels from the end within which the reader counts as reading the end. */
const NEAR = 40;

/** What a program wrote. It follows the end until the reader scrolls away from it. */
export function Output({ screen, goTo, files, placeholder, className }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  useLayoutEffect(() => {
    if (follows.current && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [screen]);
  useEffect(() => {
    if (screen.lines === 0) follows.current = true;
  }, [screen.lines]);
  return (
    // A scrolling region that keyboards can reach.

    <div
      ref={box}
      className={classes(styles.output, className)}
      role="region"
      aria-label="Output"
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- else its content cannot be scrolled by keyboard
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        follows.current = scrollHeight - scrollTop - clientHeight < NEAR;
      }}
    >
      {screen.dropped > 0 && (
        <p className={styles.dropped}>{whole(screen.dropped)} earlier lines are not shown; the download has them.</p>
      )}
      {screen.lines === 0 && <div className={styles.placeholder}>{placeholder}</div>}
      {screen.blocks.map((block) => (
        <OutputBlock key={block[0]?.number ?? 0} block={block} goTo={goTo} files={files} />
      ))}
    </div>
  );
}

const OutputBlock = memo(function OutputBlock({ block, goTo, files }: { block: Block } & Links) {
  return (
    <div className={styles.block} style={{ containIntrinsicSize: `auto ${block.length * 1.55}em` }}>
      {block.map((line) => (
        <OutputLine key={line.number} line={line} goTo={goTo} files={files} />
      ))}
    </div>
  );
});
