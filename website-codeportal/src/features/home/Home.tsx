import { Page } from "@/shared/site/Page";
import { Hero } from "./Hero";
import styles from "./Home.module.css";
import { QuickStart } from "./QuickStart";
import { Speed } from "./Speed";
import { Walls } from "./Walls";

export function Home() {
  return (
    <Page title="CodePortal" width="full">
      <Hero />
      <div className={styles.more}>
        <Speed />
        <Walls />
        <QuickStart />
      </div>
    </Page>
  );
}
