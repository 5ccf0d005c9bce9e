import { explain } from "@/shared/api/problem";
import { Button } from "@/shared/design/Button";
import { Notice } from "@/shared/design/Notice";
import type { Unreachable } from "./useAccount";

/** Why it is not known who looks at the page, and the way to ask again. */
export function Unreached({ error, retry }: Unreachable) {
  return (
    <Notice
      kind="danger"
      action={
        <Button small onClick={retry}>
          Try again
        </Button>
      }
    >
      {explain(error)}
    </Notice>
  );
}
