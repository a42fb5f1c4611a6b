/** A cancellable notification for runs and paths that last; short ones are seen in the status bar only. */
import * as vscode from "vscode";
import type { Disposable } from "../lifecycle.ts";
import { Lifetime } from "../lifecycle.ts";
import type { PathRun } from "../runs/path-run.ts";
import { isPath } from "../runs/path-run.ts";
import type { Run } from "../runs/run.ts";
import type { RunStore } from "../runs/run-store.ts";
import { gapWords, pathWords } from "./status-view.ts";

export const NOTIFY_AFTER_MS = 1000;
const REPORT_MS = 500;

export function createRunProgress(store: RunStore, cancel: () => void): Disposable {
  const lifetime = new Lifetime();
  let followed: string | undefined;
  lifetime.own(
    "progress store listener",
    store.onChange(() => {
      const { busy } = store;
      if (busy === undefined || keyOf(busy) === followed) return;
      followed = keyOf(busy);
      lifetime.after("progress notification", NOTIFY_AFTER_MS, () => {
        if (goesOn(busy)) notify(busy);
      });
    }),
  );

  const goesOn = (work: Run | PathRun): boolean => store.busy !== undefined && keyOf(store.busy) === keyOf(work);

  function notify(work: Run | PathRun): void {
    const options = {
      location: vscode.ProgressLocation.Notification,
      title: isPath(work) ? `λ-path of ${work.config.name}` : `Diagnosing ${work.config.name}`,
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
          store.onChange(() => {
            const current = store.busy;
            if (current === undefined || !goesOn(work)) lifetime.release(turn);
            else if (Date.now() - reportedMs >= REPORT_MS) {
              reportedMs = Date.now();
              progress.report({ message: isPath(current) ? pathWords(current) : gapWords(current) });
            }
          }),
        );
        if (!goesOn(work)) lifetime.release(turn);
      });
    });
  }

  return lifetime;
}

/** Runs and paths are numbered apart. */
function keyOf(work: Run | PathRun): string {
  return `${isPath(work) ? "path" : "run"} ${work.id}`;
}
