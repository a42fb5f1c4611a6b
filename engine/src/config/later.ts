/**
 * What configs may say in later versions: understood, so that it is answered with `unsupported` instead of `unknown-key`.
 * An entry goes away when `schema.ts` learns it.
 */
import { formatPath, type Segment } from "./path.ts";
import { plainValue, type SourceNode } from "./source.ts";

export interface LaterUse {
  /** The key, or the key whose value it is. */
  readonly path: readonly Segment[];
  readonly message: string;
}

interface LaterPlace {
  /** `[]` stands for any index. */
  readonly path: string;
  readonly keys?: readonly string[];
  readonly values?: readonly string[];
  /** Keys of a mapping in place of a plain value, one of which is enough: terms of weighted sums, norms with a parameter. */
  readonly sums?: readonly string[];
  /** What works in this version at this place. */
  readonly does: string;
}

const NORMS = ["linf", "nuclear", "spectral", "group", "lq"];
const LOSSES = ["cross-entropy"];
const MAPPINGS = ["symmetric", "cp", "network"];
const REGULARIZERS = ["elastic-net", "custom"];
const CONSTRAINTS = ["sparse", "kernel", "inequality", "psd"];

const PLACES: readonly LaterPlace[] = [
  { path: "", keys: ["constraint"], does: "regularizer.constraint: nonnegative" },
  { path: "extra", keys: ["intercept"], does: "extra.outliers" },
  { path: "data", keys: ["input", "sensing", "bias"], does: "data.target and data.mask" },
  { path: "loss", keys: LOSSES, values: LOSSES, does: "squared, huber, logistic, squared-hinge and poisson" },
  { path: "mapping", keys: ["layers", "model"], values: MAPPINGS, does: "{kind: matrix}" },
  { path: "mapping.kind", values: MAPPINGS, does: "matrix" },
  { path: "regularizer.constraint", keys: CONSTRAINTS, values: CONSTRAINTS, does: "nonnegative" },
  { path: "regularizer", values: REGULARIZERS, does: "product, power, weight-decay and l1" },
  { path: "regularizer.kind", values: REGULARIZERS, does: "product, power, weight-decay and l1" },
  { path: "regularizer.norm", sums: NORMS, values: NORMS, does: "l1, l2 and their weighted sums" },
  { path: "regularizer.norms[]", sums: NORMS, values: NORMS, does: "l1, l2 and their weighted sums" },
  { path: "regularizer.factors[].constraint", keys: CONSTRAINTS, values: CONSTRAINTS, does: "nonnegative" },
  { path: "regularizer.factors[].norm", sums: NORMS, values: NORMS, does: "l1, l2 and their weighted sums" },
];

/** Every use of a later version's keys and values in the tree. */
export function findLaterUses(root: SourceNode | undefined): LaterUse[] {
  const uses: LaterUse[] = [];
  const visit = (node: SourceNode, path: readonly Segment[], shape: string): void => {
    for (const place of PLACES) {
      if (place.path !== shape) continue;
      if (node.kind === "map") {
        for (const entry of node.entries) {
          if (place.keys?.includes(entry.key)) uses.push(use([...path, entry.key], undefined, place));
        }
        const sum = node.entries.map((entry) => entry.key);
        if (sum.some((name) => place.sums?.includes(name))) uses.push(use(path, `{${sum.join(", ")}}`, place));
      } else if (node.kind === "scalar") {
        const value = plainValue(node);
        if (typeof value === "string" && place.values?.includes(value)) uses.push(use(path, value, place));
      }
    }
    if (node.kind === "map") {
      for (const entry of node.entries)
        visit(entry.node, [...path, entry.key], shape === "" ? entry.key : `${shape}.${entry.key}`);
    } else if (node.kind === "list") {
      node.items.forEach((item, i) => {
        visit(item, [...path, i], `${shape}[]`);
      });
    }
  };
  if (root !== undefined) visit(root, [], "");
  return uses;
}

function use(path: readonly Segment[], value: string | undefined, place: LaterPlace): LaterUse {
  const what = value === undefined ? formatPath(path) : `${formatPath(path)}: ${value}`;
  return { path, message: `${what} is not supported yet; this version does ${place.does}` };
}
