import { QueryClientProvider } from "@tanstack/react-query";
import { Pages } from "./Pages";
import { SessionEnded } from "./SessionEnded";
import { Shell } from "./Shell";
import { SignIn } from "./SignIn";
import { createClient } from "./client";

const client = createClient();

export function App() {
  return (
    <QueryClientProvider client={client}>
      <Shell>
        <Pages />
        <SignIn />
        <SessionEnded />
      </Shell>
    </QueryClientProvider>
  );
}
