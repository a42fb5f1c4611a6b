/** Where the config has the constraints of a factor, and whether the shapes of their matrices go with its slices. */
import type { Config, Constraint } from "../config/config.ts";
import type { ConfigPath } from "../diagnose/finding.ts";
import { columnsMisfit } from "./regularizer/polyhedral.ts";
import { psdMisfit } from "./regularizer/psd.ts";

type Regularizer = Config["regularizer"];

/** Of factor `factor`, counting those that are charged. */
export function constraintsOf(regularizer: Regularizer, factor: number): readonly Constraint[] {
  return regularizer.factors[factor]?.constraints ?? regularizer.constraints;
}

/** The key of constraint `index` there. Entries of `factors` without constraints of their own share the general ones. */
export function constraintPath(regularizer: Regularizer, factor: number, index: number): ConfigPath {
  const list = constraintsOf(regularizer, factor);
  const isOwn = list !== regularizer.constraints;
  const key = isOwn ? `regularizer.factors[${factor}].constraint` : "regularizer.constraint";
  const constraint = list[index];
  const name = typeof constraint === "object" ? `.${Object.keys(constraint)[0]}` : "";
  return list.length > 1 ? `${key}[${index}]${name}` : `${key}${name}`;
}

/** The file of a constraint's matrix. */
export function matrixFile(constraint: Constraint): string | undefined {
  if (typeof constraint === "string" || "sparse" in constraint) return undefined;
  return "kernel" in constraint ? constraint.kernel : constraint.inequality;
}

/** A message of `normOf` about that constraint: the path says which. */
export function constraintMessage(path: ConfigPath, message: string, who = ""): string {
  const name = path.slice(path.lastIndexOf(".") + 1);
  return `${path}: ${who}${message.startsWith(`${name}: `) ? message.slice(name.length + 2) : message}`;
}

/** The first constraint that slices of these shapes cannot have; `matrices` are the shapes of matrices by file. */
export function constraintMisfit(
  regularizer: Regularizer,
  slices: readonly (readonly number[])[],
  matrices: ReadonlyMap<string, readonly number[]>,
): { readonly code: "invalid-value"; readonly path: ConfigPath; readonly message: string } | undefined {
  for (const [factor, slice] of slices.entries()) {
    const size = slice.reduce((product, length) => product * length, 1);
    for (const [index, constraint] of constraintsOf(regularizer, factor).entries()) {
      const shape = matrices.get(matrixFile(constraint) ?? "");
      let message = constraint === "psd" ? psdMisfit(slice) : undefined;
      if (typeof constraint === "object" && shape !== undefined) {
        message = columnsMisfit(shape, size, Object.keys(constraint)[0]);
      }
      const path = constraintPath(regularizer, factor, index);
      if (message !== undefined) return { code: "invalid-value", path, message: constraintMessage(path, message) };
    }
  }
  return undefined;
}
