/**
 * Validates what the certificate panel sends. A webview can say anything: a message is rebuilt from its checked fields,
 * so nothing unchecked passes through, and an unknown kind is refused.
 */
import type { RunAction } from "@optimality-lens/engine";
import type { ExportFormat, LambdaUse, PanelToHost } from "./panel.ts";

type Fields = Readonly<Record<string, unknown>>;
type Decoder<K extends PanelToHost["kind"]> = (fields: Fields) => Extract<PanelToHost, { kind: K }> | undefined;

const ACTIONS: Readonly<Record<RunAction, true>> = {
  "add-zero-branch": true,
  "remove-redundant-branches": true,
  continue: true,
};
/** Who makes the file: the host writes it, or the panel has drawn it. */
const FORMATS: Readonly<Record<ExportFormat, "written" | "drawn">> = {
  certificate: "written",
  json: "written",
  csv: "written",
  markdown: "written",
  png: "drawn",
  "path-csv": "written",
  "path-json": "written",
  "path-png": "drawn",
};
const LAMBDA_USES: Readonly<Record<LambdaUse, true>> = { config: true, clipboard: true };

const PNG_PREFIX = "data:image/png;base64,";
/** Far above any chart: 24 MB of base64. */
const MAX_PNG_CHARACTERS = 24 * 1024 * 1024;
const MAX_PATH_CHARACTERS = 1000;
const FINDING_CODE = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isKeyOf<K extends string>(table: Readonly<Record<K, unknown>>, value: unknown): value is K {
  return typeof value === "string" && Object.hasOwn(table, value);
}

const DECODERS: { readonly [K in PanelToHost["kind"]]: Decoder<K> } = {
  ready: () => ({ kind: "ready" }),
  ack: ({ runId, points }) => (isCount(runId) && isCount(points) ? { kind: "ack", runId, points } : undefined),
  drawn: ({ runId, points }) => (isCount(runId) && isCount(points) ? { kind: "drawn", runId, points } : undefined),
  run: () => ({ kind: "run" }),
  path: () => ({ kind: "path" }),
  cancel: () => ({ kind: "cancel" }),
  lambda: ({ to, pathId, point }) =>
    isKeyOf(LAMBDA_USES, to) && isCount(pathId) && isCount(point) ? { kind: "lambda", to, pathId, point } : undefined,
  action: ({ action }) => (isKeyOf(ACTIONS, action) ? { kind: "action", action } : undefined),
  apply: ({ runId, finding, suggestion }) =>
    isCount(runId) && isCount(finding) && isCount(suggestion)
      ? { kind: "apply", runId, finding, suggestion }
      : undefined,
  export: ({ format, png }) => {
    if (!isKeyOf(FORMATS, format)) return undefined;
    if (FORMATS[format] === "written") return { kind: "export", format };
    const valid = typeof png === "string" && png.startsWith(PNG_PREFIX) && png.length <= MAX_PNG_CHARACTERS;
    return valid ? { kind: "export", format, png } : undefined;
  },
  reveal: ({ path }) =>
    typeof path === "string" && path.length <= MAX_PATH_CHARACTERS ? { kind: "reveal", path } : undefined,
  explain: ({ code }) =>
    typeof code === "string" && code.length <= 80 && FINDING_CODE.test(code) ? { kind: "explain", code } : undefined,
};

/** The message, or `undefined` when it is none of ours. */
export function decodePanelMessage(value: unknown): PanelToHost | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const fields = value as Fields;
  return isKeyOf(DECODERS, fields["kind"]) ? DECODERS[fields["kind"]](fields) : undefined;
}

/** The bytes of a `data:image/png;base64,` URL that `decodePanelMessage` let through. */
export function pngBytes(dataUrl: string): Uint8Array {
  return Buffer.from(dataUrl.slice(PNG_PREFIX.length), "base64");
}
