/** The table of a model: a row per layer with the degree after it. */
import type { Homogeneity } from "./degree.ts";
import type { AxisLengths } from "./graph.ts";
import { isUnknown } from "./layers.ts";
import type { ModelDegrees } from "./model-degrees.ts";

export interface LayerRow {
  readonly layer: string;
  /** Of a layer with an activation both: `Dense, relu`. */
  readonly kind: string;
  readonly homogeneity: "degree" | "mixed" | "none" | "unknown";
  /** Null where there is not one. */
  readonly degree: number | null;
  /** Of a mixed one the smallest ones and the largest. */
  readonly degrees: readonly number[];
  /** A normalization with ε > 0 stands before it. */
  readonly approximate: boolean;
  readonly shape?: AxisLengths;
  readonly note: string;
}

export function layerRows(model: ModelDegrees): readonly LayerRow[] {
  const { nodes } = model.graph;
  const rows: LayerRow[] = [];
  const notes = new Map<number, string>();
  for (const { node, kind, reason } of model.breaks) if (!notes.has(node)) notes.set(node, noteOf(kind, reason));
  for (const head of model.heads) notes.set(head, "belongs in the loss");
  let pending: { readonly kinds: string[]; readonly notes: string[] } = { kinds: [], notes: [] };
  for (const [index, node] of nodes.entries()) {
    pending.kinds.push(node.type);
    const note = notes.get(index) ?? ownNote(model, index);
    if (note !== "") pending.notes.push(note);
    // The activation of a layer follows it at once.
    if (nodes[index + 1]?.layer === node.layer) continue;
    const value = model.after[index];
    rows.push({
      layer: node.layer,
      kind: pending.kinds.join(", "),
      ...describe(value),
      approximate: model.approximate[index] === true,
      ...(node.shape === undefined ? {} : { shape: node.shape }),
      note: [...new Set(pending.notes)].join("; "),
    });
    pending = { kinds: [], notes: [] };
  }
  return rows;
}

function describe(value: Homogeneity | undefined): Pick<LayerRow, "homogeneity" | "degree" | "degrees"> {
  switch (value?.kind) {
    case "degree":
      return { homogeneity: "degree", degree: value.degree, degrees: [value.degree] };
    case "mixed":
      return { homogeneity: "mixed", degree: null, degrees: value.degrees };
    default:
      return { homogeneity: value === undefined || isUnknown(value) ? "unknown" : "none", degree: null, degrees: [] };
  }
}

function noteOf(kind: ModelDegrees["breaks"][number]["kind"], reason: string): string {
  switch (kind) {
    case "bias":
    case "shift":
      return `its ${kind} has degree 1`;
    case "output-bias":
      return "its bias has degree 1; an intercept would not count";
    case "nonlinear":
      return "no degree";
    case "sum":
      return "joins different degrees";
    case "slope":
      return "a trained slope";
    case "recurrent":
      return "weights used once per step";
    case "normalization":
      return reason;
    case "unknown":
      return "not known";
    default:
      return kind satisfies never;
  }
}

function ownNote(model: ModelDegrees, index: number): string {
  const operation = model.graph.nodes[index]?.operation;
  if (model.cancelledBiases.has(index)) return "its bias is cancelled by the normalization after it";
  if (operation?.kind === "normalization" && !operation.fixed) {
    return operation.epsilon > 0
      ? `weights before it become scale-invariant (approximately: ε = ${operation.epsilon})`
      : "weights before it become scale-invariant";
  }
  return operation?.kind === "sum" ? joinNote(model, index) : "";
}

/** Why what is joined has no degree although some of its parts have one: what went before in the others. */
function joinNote({ graph, after }: ModelDegrees, index: number): string {
  const parts = (graph.nodes[index]?.inputs ?? []).map((input) => after[input]);
  const broken = parts.find((part) => part !== undefined && part.kind !== "degree");
  if (broken === undefined || !parts.some((part) => part?.kind === "degree")) return "";
  return isUnknown(broken) ? broken.reason : `inherited from ${broken.reason}`;
}
