/** What a model file says of itself: its layers with their degrees, and the findings about them. Pure; any text or graph is answered. */
import { formatPath } from "../config/path.ts";
import { lineTable, withoutByteOrderMark } from "../config/source.ts";
import type { Homogeneity } from "../homogeneity/degree.ts";
import type { LayerGraph } from "../homogeneity/graph.ts";
import type { ModelProblem, ReadModel } from "../homogeneity/graph-builder.ts";
import { locatePlaces, syntaxProblem } from "../homogeneity/json-places.ts";
import { isKerasModel, MAX_MODEL_TEXT, readKeras } from "../homogeneity/keras.ts";
import { type LayerRow, layerRows } from "../homogeneity/layer-rows.ts";
import { type ModelDegrees, modelDegrees } from "../homogeneity/model-degrees.ts";
import type { Finding } from "./finding.ts";
import { LAYER_RULES } from "./layer-findings.ts";
import type { ModelFinding, ModelRule } from "./model-rule.ts";
import { explain } from "./pages.ts";
import { modelDegreeMismatch } from "./rules/model-degree-mismatch.ts";
import { notParallel } from "./rules/not-parallel.ts";
import { unregularizedFactor } from "./rules/unregularized-factor.ts";

/** What a model file says of itself and a config would say in another place. One file each in `rules/`, one line here. */
const MODEL_RULES: readonly ModelRule[] = [...LAYER_RULES, unregularizedFactor, modelDegreeMismatch, notParallel];

export interface ModelReport {
  readonly findings: readonly Finding[];
  readonly layers: readonly LayerRow[];
  /** Undefined for a file that is not a model. */
  readonly model:
    | {
        readonly format: LayerGraph["format"];
        readonly name: string;
        readonly output: Homogeneity;
        readonly withoutBiases: Homogeneity;
      }
    | undefined;
}

/** Whether a JSON text claims to be a Keras model, at the cost of reading it. */
export function isModelText(text: string): boolean {
  if (text.length > MAX_MODEL_TEXT) return false;
  try {
    return isKerasModel(JSON.parse(withoutByteOrderMark(text)));
  } catch {
    return false;
  }
}

/** A Keras or TensorFlow.js model as JSON. Findings have ranges in the text. */
export function checkModelText(text: string): ModelReport {
  const body = withoutByteOrderMark(text);
  if (body.length > MAX_MODEL_TEXT) {
    const message = `the file has ${body.length.toLocaleString("en-US")} characters; at most ${MAX_MODEL_TEXT.toLocaleString("en-US")} of a model's JSON are read`;
    return {
      findings: [finding({ code: "invalid-model", severity: "error", message, place: [] })],
      layers: [],
      model: undefined,
    };
  }
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    const { message, span } = syntaxProblem(body);
    const range = lineTable(body).rangeOf(span);
    const found = finding({ code: "syntax-error", severity: "error", message, place: [] });
    return { findings: [{ ...found, range }], layers: [], model: undefined };
  }
  const report = reportOf(readKeras(json));
  if (report.located.length === 0) return withoutPlaces(report, []);
  const lines = lineTable(body);
  const spans = locatePlaces(
    body,
    report.located.map(({ place }) => place),
  );
  const findings = report.located.map((located, index) => {
    const span = spans[index];
    return {
      ...finding(located),
      ...(span === undefined ? {} : { range: lines.rangeOf(span) }),
    };
  });
  return withoutPlaces(report, findings);
}

/** A graph that was read from a binary file: its findings have no ranges. */
export function checkModelGraph(read: ReadModel): ModelReport {
  const report = reportOf(read);
  return withoutPlaces(
    report,
    report.located.map(({ code, severity, message }) => finding({ code, severity, message, place: [] })),
  );
}

interface Report {
  readonly degrees: ModelDegrees | undefined;
  readonly located: readonly ModelFinding[];
}

function reportOf(read: ReadModel): Report {
  const problems = read.problems.map(
    (problem: ModelProblem): ModelFinding => ({ code: "invalid-model", severity: "error", ...problem }),
  );
  if (!read.ok) return { degrees: undefined, located: problems };
  const degrees = modelDegrees(read.graph);
  return { degrees, located: [...problems, ...MODEL_RULES.flatMap((rule) => rule.check(degrees))] };
}

function withoutPlaces({ degrees }: Report, findings: readonly Finding[]): ModelReport {
  if (degrees === undefined) return { findings, layers: [], model: undefined };
  const { format, name } = degrees.graph;
  const model = { format, name, output: degrees.output, withoutBiases: degrees.outputWithoutBiases };
  return { findings, layers: layerRows(degrees), model };
}

function finding({ code, severity, message, place, suggestions = [] }: ModelFinding): Finding {
  return { code, severity, message, path: formatPath([...place]), explanation: explain(code), suggestions };
}
