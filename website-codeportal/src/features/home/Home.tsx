import { Page } from "@/shared/site/Page";
import { Hero } from "./Hero";

export function Home() {
  return (
    <Page title="CodePortal" width="full">
      <Hero />
    </Page>
  );
}
