/** The points of a λ-path as a table: the twin of its chart, and another way to choose one. */
import type { PathPoint } from "@optimality-lens/engine";
import { button, element } from "../dom.ts";
import { formatCount, formatGap, formatNumber, formatSeconds } from "./format.ts";
import { lambdaWords, shareWords } from "./path-words.ts";
import { dataTable } from "./section.ts";
import { verdictLabel } from "./words.ts";

export function pathTable(points: readonly PathPoint[], chosen: number, offer: (index: number) => void): HTMLElement {
  const rows = points.map((point, index) => {
    const { rank, objective, loss, regularizer, gap, seconds } = point;
    const lambda = lambdaWords(point);
    return [
      button({
        label: lambda,
        name: `λ = ${lambda}, choose`,
        look: "link",
        key: `path:row:${index}`,
        title: String(point.lambda),
        onClick: () => offer(index),
      }),
      shareWords(point).replace(" of λ_max", "").replace("λ_max", "100 %"),
      formatCount(rank),
      { text: formatNumber(objective, 7), full: String(objective) },
      { text: formatNumber(loss, 5), full: String(loss) },
      { text: formatNumber(regularizer, 5), full: String(regularizer) },
      gap === null ? "–" : { text: formatGap(gap.relative), full: String(gap.relative) },
      verdictChip(point),
      formatSeconds(seconds),
    ];
  });
  return dataTable(
    "Points of the λ-path, from λ_max down",
    [
      { title: "λ" },
      { title: "Of λmax", numeric: true, optional: true },
      { title: "Rank", numeric: true },
      { title: "Objective", numeric: true },
      { title: "Loss", numeric: true, optional: true },
      { title: "Regularizer", numeric: true, optional: true },
      { title: "Gap", numeric: true },
      { title: "Verdict" },
      { title: "Time", numeric: true, optional: true },
    ],
    rows,
    (index) => ({ "aria-current": index === chosen ? "true" : undefined }),
  );
}

function verdictChip({ verdict, status }: PathPoint): HTMLElement {
  return element(
    "span",
    { class: `verdict-chip ${verdict}`, title: status },
    element("span", { class: "dot", "aria-hidden": "true" }),
    verdictLabel(verdict),
  );
}
