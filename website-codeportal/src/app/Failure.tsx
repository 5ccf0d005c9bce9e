import { Component, type ReactNode } from "react";
import { explain } from "@/shared/api/problem";
import { Button } from "@/shared/design/Button";
import { Page } from "@/shared/site/Page";
import styles from "./Failure.module.css";

interface State {
  error: unknown;
  failed: boolean;
}

/** Shows what is in it, or that it could not be loaded or drawn. What was typed is safe: it is stored as it is typed. */
export class FailureBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null, failed: false };

  static getDerivedStateFromError(error: unknown): State {
    return { error, failed: true };
  }

  override render() {
    return this.state.failed ? <Failure error={this.state.error} /> : this.props.children;
  }
}

function Failure({ error }: { error: unknown }) {
  return (
    <Page title="Something went wrong" width="column" className={styles.failure}>
      <h1>This page did not come up</h1>
      <p role="alert">{explain(error)}</p>
      <p className={styles.ways}>
        <Button
          kind="primary"
          onClick={() => {
            location.reload();
          }}
        >
          Load it again
        </Button>
      </p>
    </Page>
  );
}
