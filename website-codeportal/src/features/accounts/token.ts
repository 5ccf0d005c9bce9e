/** The token of a letter's link, taken out of the address bar and with it out of the browser's history. */
export function takeToken(): string {
  const token = new URLSearchParams(location.search).get("token") ?? "";
  if (token !== "") history.replaceState(history.state, "", location.pathname);
  return token;
}
