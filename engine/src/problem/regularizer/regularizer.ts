/**
 * g on one branch (u, v), per kind, with the norms ‖·‖_a on u and ‖·‖_b on v:
 *   product       ‖u‖_a ‖v‖_b              (15), degree 2
 *   power         ½(‖u‖_a² + ‖v‖_b²)       (16) with K = 2, degree 2
 *   weight-decay  ½(‖u‖₂² + ‖v‖₂²)         degree 2; the power form of ℓ2·ℓ2
 *   l1            ‖u‖₁ + ‖v‖₁              degree 1
 * The first three share Ω (theory.md §5): they agree on balanced branches, ‖u‖_a = ‖v‖_b.
 */
import type { RegularizerConfig, RegularizerKind } from "../../config/config.ts";
import type { Norm } from "./norm.ts";
import { isPlain, normOf } from "./norm.ts";

export interface Regularizer {
  readonly kind: RegularizerKind;
  readonly norms: readonly [Norm, Norm];
  /** Words for people: ‖u‖₂‖v‖₂. */
  readonly label: string;
  /** g from the two norms of a branch. */
  value(a: number, b: number): number;
  /** Whether Ω, the certificate's regularizer, is that of the product form. */
  readonly matched: boolean;
}

export function regularizerOf(config: RegularizerConfig): Regularizer {
  const [a, b] =
    config.kind === "weight-decay" || config.kind === "l1"
      ? uniform(config)
      : config.norms.map((norm, i) => normOf(norm, config.constraints?.[i] ?? null));
  const norms = [a, b] as const;
  const [u, v] = [a.label("u"), b.label("v")];
  const conditions = [a.condition("u"), b.condition("v")].filter((words) => words !== "");
  const where = conditions.length === 0 ? "" : `, ${conditions.join(", ")}`;
  switch (config.kind) {
    case "product":
      return { kind: "product", norms, label: u + v + where, value: (x, y) => x * y, matched: true };
    case "power":
    case "weight-decay":
      return {
        kind: config.kind,
        norms,
        label: `½(${u}² + ${v}²)${where}`,
        value: (x, y) => 0.5 * (x * x + y * y),
        matched: true,
      };
    case "l1":
      return { kind: "l1", norms, label: `${u} + ${v}${where}`, value: (x, y) => x + y, matched: false };
    default:
      return config.kind satisfies never;
  }
}

/**
 * The factor whose ℓ1 norm makes single coordinates optimal: with ℓ1 on u, Ω(X) is the sum of the norms of X's rows, and the
 * best branches are (e_i, row i). With ℓ1 on both, the side with fewer coordinates. Undefined without an ℓ1 norm.
 */
export function sparseSide({ norms: [a, b] }: Regularizer, rows: number, columns: number): "u" | "v" | undefined {
  // A cone on either factor splits rows by sign: Ω is then no longer that sum.
  if (a.constrained || b.constrained) return undefined;
  if (a.kind === "l1" && b.kind === "l1") return rows <= columns ? "u" : "v";
  return a.kind === "l1" ? "u" : b.kind === "l1" ? "v" : undefined;
}

/** ℓ2·ℓ2 without constraints: its power form is smooth, and Ω is the nuclear norm. */
export function isSmooth({ norms }: Regularizer): boolean {
  return norms.every((norm) => isPlain(norm, "l2"));
}

function uniform({ kind, constraints }: RegularizerConfig): [Norm, Norm] {
  const norm = kind === "l1" ? "l1" : "l2";
  return [normOf(norm, constraints?.[0] ?? null), normOf(norm, constraints?.[1] ?? null)];
}
