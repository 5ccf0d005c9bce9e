// @vitest-environment jsdom
import { useQuery } from "@tanstack/react-query";
import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { accountQuery, noteSignedIn } from "@/shared/api/accounts";
import { useVisitor } from "@/shared/session/useAccount";
import { ADA } from "@/test/account";
import { answering, refusal } from "@/test/answers";
import { show } from "@/test/showing";
import { LoginForm } from "./LoginForm";

afterEach(() => {
  cleanup();
  localStorage.clear();
  vi.unstubAllGlobals();
});

/** What stands beside the form: as the header, and a list of what is one's own. */
function Beside({ read }: { read: () => string }) {
  const visitor = useVisitor();
  const { data } = useQuery({ queryKey: ["own"], queryFn: read });
  return (
    <>
      <p>Here is {visitor.kind === "account" ? visitor.account.display_name : visitor.kind}.</p>
      <p>{data ?? "Nothing yet"}</p>
    </>
  );
}

test("what is on show while somebody signs in becomes theirs, and what was read before is forgotten", async () => {
  noteSignedIn(true);
  let signedIn = false;
  answering({
    "GET /v1/account": () => refusal(401),
    "POST /v1/sessions": () => {
      signedIn = true;
      return Response.json({ account: ADA });
    },
  });
  const done = vi.fn();
  const client = show(
    <>
      <Beside read={() => (signedIn ? "What is Ada's" : "What was a stranger's")} />
      <LoginForm onDone={done} />
    </>,
  );
  client.setQueryData(["of another page"], "What was a stranger's, too");
  await screen.findByText("Here is anonymous.");
  await screen.findByText("What was a stranger's");
  await userEvent.type(screen.getByLabelText("Email"), ADA.email);
  await userEvent.type(screen.getByLabelText("Password"), "correct horse");
  await userEvent.click(screen.getByText("Sign in"));
  expect(await screen.findByText("Here is Ada.")).toBeTruthy();
  expect(await screen.findByText("What is Ada's")).toBeTruthy();
  expect(client.getQueryData(["of another page"])).toBeUndefined();
  expect(client.getQueryData(accountQuery.queryKey)).toEqual(ADA);
  expect(done).toHaveBeenCalledExactlyOnceWith(ADA);
});
