/** The status bar item: a view of the newest run. */
import * as vscode from "vscode";
import type { Disposable } from "../lifecycle.ts";
import { Lifetime } from "../lifecycle.ts";
import type { RunStore } from "../runs/run-store.ts";
import { statusView } from "./status-view.ts";

const REFRESH_MS = 100;

const BACKGROUNDS = {
  plain: undefined,
  warning: new vscode.ThemeColor("statusBarItem.warningBackground"),
  error: new vscode.ThemeColor("statusBarItem.errorBackground"),
} as const;

export function createStatusBar(store: RunStore): Disposable {
  const lifetime = new Lifetime();
  const item = lifetime.own(
    "status bar item",
    vscode.window.createStatusBarItem("optimalityLens.status", vscode.StatusBarAlignment.Left, 10),
  );
  item.name = "Optimality Lens";
  item.command = "optimalityLens.openPanel";
  let scheduled = false;
  const draw = (): void => {
    scheduled = false;
    const view = statusView(store.active ?? store.latest(), store.paths.active);
    if (view === undefined) {
      item.hide();
      return;
    }
    item.text = view.text;
    item.tooltip = view.tooltip;
    item.backgroundColor = BACKGROUNDS[view.look];
    item.accessibilityInformation = { label: view.text.replace(/\$\([^)]*\) ?/g, ""), role: "button" };
    item.show();
  };
  lifetime.own(
    "status bar store listener",
    store.onChange((change) => {
      if (scheduled || change.what === "series") return;
      scheduled = true;
      lifetime.after("status bar refresh", REFRESH_MS, draw);
    }),
  );
  draw();
  return lifetime;
}
