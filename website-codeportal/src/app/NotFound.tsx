import { ButtonLink } from "@/shared/design/Button";
import { Page } from "@/shared/site/Page";
import styles from "./Failure.module.css";

export function NotFound() {
  return (
    <Page title="Not found" width="column" className={styles.failure}>
      <h1>There is nothing here</h1>
      <p>The address may be mistyped, or what it named was taken down.</p>
      <p className={styles.ways}>
        <ButtonLink to="/play" kind="primary">
          Open the playground
        </ButtonLink>
        <ButtonLink to="/">To the start</ButtonLink>
      </p>
    </Page>
  );
}
