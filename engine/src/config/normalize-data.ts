/** `data` as written → as computed with. */
import type { DataConfig, MappingKind } from "./config.ts";
import { arrayFileIssue } from "./data-file.ts";
import { type Issue, invalidValue, removalSuggestion, setSuggestion } from "./issue.ts";
import type { WrittenConfig } from "./schema.ts";

export function readData({ data }: WrittenConfig, mapping: MappingKind, issues: Issue[]): DataConfig {
  for (const role of ["target", "mask", "input", "sensing"] as const) {
    const name = data[role];
    const issue = name === undefined ? undefined : arrayFileIssue(["data", role], name);
    if (issue !== undefined) issues.push(issue);
  }
  const misplaced = (role: "input" | "bias" | "sensing", goesWith: string): void => {
    const path = ["data", role];
    issues.push(invalidValue(path, `${goesWith}, not with ${mapping}; remove it`, [removalSuggestion(path)]));
  };
  if (mapping === "network") {
    if (data.input === undefined) issues.push(missingInput());
  } else {
    if (data.input !== undefined) misplaced("input", "an input goes with mapping network");
    if (data.bias === true) misplaced("bias", "a column of ones goes with the input of mapping network");
  }
  if (data.sensing !== undefined && mapping !== "matrix" && mapping !== "symmetric")
    misplaced("sensing", "measurements go with mapping matrix or symmetric");
  return {
    target: data.target,
    ...(data.mask === undefined ? {} : { mask: data.mask }),
    ...(data.input === undefined ? {} : { input: data.input }),
    ...(data.sensing === undefined ? {} : { sensing: data.sensing }),
    bias: data.bias ?? false,
  };
}

function missingInput(): Issue {
  const path = ["data", "input"];
  const line = "data: {target: y.csv, input: v.csv}";
  return {
    code: "missing-key",
    message: `data.input is missing, which mapping network needs; add it as in \`${line}\``,
    path,
    suggestions: [setSuggestion(path, "v.csv", "add data.input: v.csv")],
  };
}
