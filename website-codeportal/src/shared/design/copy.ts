/**
 * Copies `text`, on behalf of the control that was used. Raises an error where the browser does not let it.
 * Browsers give the clipboard to secure pages only; one that came over plain HTTP may still copy what is selected.
 */
export async function copy(text: string, control: HTMLElement): Promise<void> {
  if ("clipboard" in navigator) await navigator.clipboard.writeText(text);
  else if (!copySelected(text, control)) throw new Error("The browser does not let this page copy.");
}

function copySelected(text: string, control: HTMLElement): boolean {
  const focused = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true; // no keyboard comes up
  field.className = "visually-hidden";
  Object.assign(field.style, { position: "fixed", top: "0" }); // nothing scrolls to it
  (control.closest("dialog") ?? document.body).append(field); // what is outside of a modal dialog cannot be selected
  try {
    field.focus({ preventScroll: true });
    field.select();
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else copies where there is no clipboard
    return document.execCommand("copy");
  } finally {
    field.remove();
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  }
}
