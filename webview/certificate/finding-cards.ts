/** Findings as cards: what, why, where, and buttons that do something about it. */
import type { Finding, Severity } from "@optimality-lens/engine";
import type { PanelToHost } from "../../extension/protocol/panel.ts";
import { button, element, onChange, replaceChildren, setText } from "../dom.ts";
import { severityIcon } from "./icons.ts";
import type { PanelContext, Section } from "./section.ts";
import { disclosure, titledSection } from "./section.ts";
import { sentence } from "./words.ts";

const ORDER: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };
const SEVERITY_NAMES: Readonly<Record<Severity, string>> = { error: "Error", warning: "Warning", info: "Note" };

interface Shown {
  readonly runId: number;
  readonly findings: readonly Finding[];
  /** Actions act on a finished run; while one goes on the buttons wait. */
  readonly busy: boolean;
}

export function createFindingCards(context: PanelContext): Section {
  const words = element("p", { class: "section-words" });
  const list = element("ul", { class: "cards" });
  const section = titledSection("findings", "Findings", list);
  section.heading.append(words);

  const show = onChange(({ runId, findings, busy }: Shown) => {
    const sorted = findings
      .map((finding, index) => ({ finding, index }))
      .sort((a, b) => (ORDER[a.finding.severity] ?? 2) - (ORDER[b.finding.severity] ?? 2) || a.index - b.index);
    replaceChildren(
      list,
      sorted.map(({ finding, index }) => card(context, finding, index, runId, busy)),
    );
    setText(words, countWords(findings));
  });

  return {
    element: section.element,
    update: (state) => {
      section.element.hidden = state.findings.length === 0;
      const busy = state.phase === "running" || state.phase === "loading";
      show({ runId: state.runId, findings: state.findings, busy });
    },
  };
}

function card(context: PanelContext, finding: Finding, index: number, runId: number, busy: boolean): HTMLElement {
  const key = `finding:${finding.code}:${finding.path}`;
  const suggestions = finding.suggestions.map((suggestion, at) => {
    const message: PanelToHost =
      suggestion.kind === "edit"
        ? { kind: "apply", runId, finding: index, suggestion: at }
        : { kind: "action", action: suggestion.action };
    const node = button({
      label: suggestion.title,
      key: `${key}:${at}`,
      onClick: () => context.post(message),
    });
    node.disabled = busy && suggestion.kind === "action";
    return node;
  });
  const links = [
    finding.path === "" ? null : pathLink(context, finding.path, key),
    button({
      label: "What does this mean?",
      name: `What does ${finding.code} mean?`,
      key: `${key}:explain`,
      look: "link",
      onClick: () => context.post({ kind: "explain", code: finding.code }),
    }),
  ];
  const explanation =
    finding.explanation.trim() === ""
      ? null
      : disclosure(context, key, "Why", {
          class: "why",
          onOpen: (body) => body.replaceChildren(element("p", {}, sentence(finding.explanation))),
        });
  return element(
    "li",
    { class: `card ${finding.severity}`, "data-code": finding.code },
    severityIcon(finding.severity),
    element(
      "div",
      { class: "card-text" },
      element(
        "p",
        { class: "message" },
        element("span", { class: "visually-hidden" }, `${SEVERITY_NAMES[finding.severity] ?? "Note"}: `),
        sentence(finding.message),
      ),
      element("div", { class: "card-links" }, ...links),
      explanation,
      suggestions.length === 0 ? null : element("div", { class: "suggestions" }, ...suggestions),
    ),
  );
}

function pathLink(context: PanelContext, path: string, key: string): HTMLElement {
  return button({
    label: path,
    name: `Show ${path} in the config`,
    title: "Show in the config",
    key: `${key}:path`,
    look: "link",
    onClick: () => context.post({ kind: "reveal", path }),
  });
}

function countWords(findings: readonly Finding[]): string {
  const count = (severity: Severity): number => findings.filter((finding) => finding.severity === severity).length;
  const part = (number: number, name: string): string =>
    number === 0 ? "" : `${number} ${name}${number === 1 ? "" : "s"}`;
  return [part(count("error"), "error"), part(count("warning"), "warning"), part(count("info"), "note")]
    .filter((text) => text !== "")
    .join(", ");
}
