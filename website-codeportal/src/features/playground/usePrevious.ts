import { useState } from "react";
import type { Draft } from "./draft";
import { forgetPrevious, loadPrevious, takeBack } from "./previous";

/** The draft whose place a shared program took, while it can be brought back. */
export function usePrevious(draft: Draft, setDraft: (draft: Draft) => void) {
  const [previous, setPrevious] = useState(loadPrevious);
  return {
    previous,
    bringBack: () => {
      const back = takeBack(draft);
      setPrevious(loadPrevious());
      if (back !== null) setDraft({ ...back, shown: null });
    },
    forget: () => {
      forgetPrevious();
      setPrevious(null);
    },
  };
}
