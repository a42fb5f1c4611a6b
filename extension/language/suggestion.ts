/** A completion of the engine in the words of the editor, without the editor. */
import type { ConfigCompletion } from "@optimality-lens/engine";

export interface Suggestion {
  readonly label: string;
  readonly detail: string | undefined;
  /** With `$0` where the cursor goes. */
  readonly snippet: string;
  /** Keeps the order in which the engine names them. */
  readonly sortText: string;
  readonly filterText: string;
}

export function suggestionOf(completion: ConfigCompletion, index: number): Suggestion {
  const { label, detail, insertText, caret, filterText } = completion;
  const snippet = `${escapeSnippet(insertText.slice(0, caret))}$0${escapeSnippet(insertText.slice(caret))}`;
  return { label, detail, snippet, sortText: String(index).padStart(4, "0"), filterText };
}

/** What another service of the schema cannot know: which files there are. */
export function isFileName({ kind }: ConfigCompletion): boolean {
  return kind === "file" || kind === "folder";
}

function escapeSnippet(text: string): string {
  return text.replace(/[\\$}]/g, "\\$&");
}
