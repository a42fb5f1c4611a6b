/** The table of a model's layers as text for people. */
import type { ModelReport } from "../diagnose/model-findings.ts";
import type { Homogeneity } from "../homogeneity/degree.ts";
import type { LayerRow } from "../homogeneity/layer-rows.ts";
import { isUnknown } from "../homogeneity/layers.ts";
import type { Style } from "./style.ts";

/** Rows of the table; of longer models the first and last. */
const SHOWN_ROWS = 200;
const MAX_CELL = 40;

export function modelText(
  file: string,
  { model, layers }: Pick<ModelReport, "model" | "layers">,
  style: Style,
): string {
  if (model === undefined) return "";
  const kind = { keras: `Keras model ${model.name}`, onnx: `ONNX model ${model.name}`, config: "network" }[
    model.format
  ];
  const count = layers.length === 1 ? "1 layer" : `${layers.length} layers`;
  const without =
    model.output.kind !== "degree" && model.withoutBiases.kind === "degree"
      ? `; degree ${model.withoutBiases.degree} without its biases`
      : "";
  const title = `${style.bold(file)}  ${kind}, ${count}, ${degreeWords(model.output)}${without}`;
  const columns = model.format === "onnx" ? ALL_COLUMNS : ALL_COLUMNS.filter(({ title }) => title !== "shape");
  const rows = [columns.map(({ title }) => title), ...shortened(layers, columns)];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => width(row[column] ?? ""))));
  const lines = rows.map((row, index) => {
    const cells = row.map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - width(cell)));
    const line = `  ${cells.join("  ")}`.trimEnd();
    return index === 0 ? style.dim(line) : line;
  });
  return `${title}\n${lines.join("\n")}\n`;
}

interface Column {
  readonly title: string;
  cell(row: LayerRow): string;
}

/** Only of ONNX graphs the shapes are followed. */
const ALL_COLUMNS: readonly Column[] = [
  { title: "layer", cell: ({ layer }) => cut(layer) },
  { title: "kind", cell: ({ kind }) => cut(kind) },
  { title: "shape", cell: shapeCell },
  { title: "degree", cell: degreeCell },
  { title: "note", cell: ({ note }) => note },
];

function shortened(layers: readonly LayerRow[], columns: readonly Column[]): string[][] {
  const cells = (row: LayerRow): string[] => columns.map(({ cell }) => cell(row));
  if (layers.length <= SHOWN_ROWS) return layers.map(cells);
  const half = SHOWN_ROWS / 2;
  const between = columns.map((_, column) => (column === 0 ? `… ${layers.length - SHOWN_ROWS} more` : ""));
  return [...layers.slice(0, half).map(cells), between, ...layers.slice(-half).map(cells)];
}

/** 1×64×?×? where lengths are not known; nothing where the number of axes is not. */
function shapeCell({ shape }: LayerRow): string {
  if (shape === undefined) return "";
  return shape.length === 0 ? "scalar" : cut(shape.map((length) => length ?? "?").join("×"));
}

function degreeCell(row: LayerRow): string {
  switch (row.homogeneity) {
    case "degree":
      return `${row.approximate ? "≈ " : ""}${row.degree}`;
    case "mixed":
      return row.degrees.length > 3
        ? `${row.degrees.slice(0, 2).join(", ")}, …, ${row.degrees.at(-1)}`
        : row.degrees.join(", ");
    case "none":
    case "unknown":
      return row.homogeneity;
    default:
      return row.homogeneity satisfies never;
  }
}

function degreeWords(value: Homogeneity): string {
  switch (value.kind) {
    case "degree":
      return `degree ${value.degree}`;
    case "mixed":
      return "mixed degrees";
    case "none":
      return isUnknown(value) ? "degree unknown" : "no degree";
    default:
      return value satisfies never;
  }
}

function cut(text: string): string {
  return width(text) > MAX_CELL ? `${[...text].slice(0, MAX_CELL - 1).join("")}…` : text;
}

function width(text: string): number {
  return [...text].length;
}
