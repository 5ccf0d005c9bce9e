import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { ProblemError, UnexpectedAnswerError } from "@/shared/api/problem";
import { Pages } from "./Pages";
import { Shell } from "./Shell";
import { SignIn } from "./SignIn";

const TRIES = 3;

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // An answer is an answer; only silence is worth another try.
      retry: (count, error) =>
        count < TRIES &&
        !(error instanceof UnexpectedAnswerError) &&
        !(error instanceof ProblemError && error.status < 500),
      refetchOnWindowFocus: true,
    },
  },
});

export function App() {
  return (
    <QueryClientProvider client={client}>
      <Shell>
        <Pages />
        <SignIn />
      </Shell>
    </QueryClientProvider>
  );
}
