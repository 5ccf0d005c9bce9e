import { useEffect, useState } from "react";

/** As `takeToken`, for a component that shows something else without one: rendering may begin more than once. */
export function useToken(): string {
  const [token] = useState(() => new URLSearchParams(location.search).get("token") ?? "");
  useEffect(() => {
    takeToken();
  }, []);
  return token;
}

/** The token of a letter's link, taken out of the address bar and with it out of the browser's history. */
export function takeToken(): string {
  const token = new URLSearchParams(location.search).get("token") ?? "";
  if (token !== "") history.replaceState(history.state, "", location.pathname);
  return token;
}
