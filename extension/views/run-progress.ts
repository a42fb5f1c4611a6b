/** A cancellable notification for runs that last; short ones are seen in the status bar only. */
import * as vscode from "vscode";
import type { Disposable } from "../lifecycle.ts";
import { Lifetime } from "../lifecycle.ts";
import type { Run } from "../runs/run.ts";
import type { RunStore } from "../runs/run-store.ts";
import { gapWords } from "./status-view.ts";

export const NOTIFY_AFTER_MS = 1000;
const REPORT_MS = 500;

export function createRunProgress(store: RunStore, cancel: () => void): Disposable {
  const lifetime = new Lifetime();
  let followed: number | undefined;
  lifetime.own(
    "progress store listener",
    store.onChange(() => {
      const run = store.active;
      if (run === undefined || run.id === followed) return;
      followed = run.id;
      lifetime.after("progress notification", NOTIFY_AFTER_MS, () => {
        if (store.active?.id === run.id) notify(run);
      });
    }),
  );

  function notify(run: Run): void {
    const options = {
      location: vscode.ProgressLocation.Notification,
      title: `Diagnosing ${run.config.name}`,
      cancellable: true,
    };
    void vscode.window.withProgress(options, (progress, token) => {
      const turn = lifetime.own("progress", new Lifetime());
      return new Promise<void>((resolve) => {
        let reportedMs = Number.NEGATIVE_INFINITY;
        turn.own("progress end", { dispose: resolve });
        turn.own("progress cancellation", token.onCancellationRequested(cancel));
        turn.own(
          "progress listener",
          store.onChange((change) => {
            const current = store.run(run.id);
            if (change.what === "ended" && change.runId === run.id) lifetime.release(turn);
            else if (current !== undefined && Date.now() - reportedMs >= REPORT_MS) {
              reportedMs = Date.now();
              progress.report({ message: gapWords(current) });
            }
          }),
        );
        if (store.active?.id !== run.id) lifetime.release(turn);
      });
    });
  }

  return lifetime;
}
