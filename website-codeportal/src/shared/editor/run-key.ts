/** Of a browser's event or of React's. */
type Press = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "repeat" | "preventDefault">;

/** Takes Ctrl or Cmd with Enter and runs, once however long they are held; false: it is another key. */
export function takeRunKey(event: Press, run: () => void): boolean {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return false;
  event.preventDefault(); // repeated it would else be typed
  if (!event.repeat) run();
  return true;
}
