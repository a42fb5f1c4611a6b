/** A regularizer whose terms scale differently, such as the elastic net: it has no degree that could be the mapping's. */

import { matchingForms } from "../matching-forms.ts";
import { degreesText } from "../model-rule.ts";
import { explain } from "../pages.ts";
import type { StaticRule } from "../static-rule.ts";
import { regularizerPath } from "./degree-mismatch.ts";

export const mixedRegularizer: StaticRule = {
  code: "mixed-degrees",
  check(context) {
    const { config, regularizer } = context;
    if (regularizer.kind !== "mixed") return [];
    return [
      {
        code: "mixed-degrees",
        severity: "warning",
        path: regularizerPath(config),
        message: `regularizer.kind: ${config.regularizer.kind} adds terms of degrees ${degreesText(regularizer.degrees)}, so it has no degree that could match the mapping's and nothing can be certified; use terms of one degree`,
        explanation: explain("mixed-degrees"),
        suggestions: matchingForms(context),
      },
    ];
  },
};
