/** Copying a rounded number gives all its digits. */

/** Replaces what the clipboard gets when the selection holds whole `data` elements. Returns the undo. */
export function copyExactNumbers(): () => void {
  const copy = (event: ClipboardEvent): void => {
    const selection = document.getSelection();
    if (selection === null || selection.rangeCount === 0 || event.clipboardData === null) return;
    const text = exactText(selection.getRangeAt(0), selection.toString());
    if (text === undefined) return;
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
  };
  document.addEventListener("copy", copy);
  return () => document.removeEventListener("copy", copy);
}

/** `undefined` when the selection has no rounded number in it, or only a part of one. */
function exactText(range: Range, selected: string): string | undefined {
  const { startContainer } = range;
  const start = (startContainer instanceof Element ? startContainer : startContainer.parentElement)?.closest("data");
  if (start?.contains(range.endContainer)) {
    const whole = selected.trim() === start.textContent;
    return whole && start.value !== "" ? start.value : undefined;
  }
  const scope = range.commonAncestorContainer;
  if (!(scope instanceof Element)) return undefined;
  let text = selected;
  let from = 0;
  for (const data of scope.querySelectorAll("data")) {
    if (!range.intersectsNode(data) || data.value === "") continue;
    const at = text.indexOf(data.textContent, from);
    if (at < 0) continue;
    text = text.slice(0, at) + data.value + text.slice(at + data.textContent.length);
    from = at + data.value.length;
  }
  return text === selected ? undefined : text;
}
