/** What the reader chose in the panel; survives hide, show and reload. Nothing here is about the run itself. */

export type ChartView = "objective" | "gap";
export type ChartAxis = "iteration" | "seconds";
/** What the λ-path shows below the rank. */
export type PathValue = "objective" | "regularizer" | "gap";

export interface ViewState {
  readonly chart: ChartView;
  readonly axis: ChartAxis;
  readonly pathValue: PathValue;
  /** Id of the λ-path whose start has been brought into sight; 0 before the first. */
  readonly pathSeen: number;
  /** Keys of the disclosures that are open. */
  readonly open: readonly string[];
  /** Pixels from the top. */
  readonly scroll: number;
}

/** What `setState` keeps; the host's serializer reads `configUri` to restore the panel after a reload. */
export interface SavedState {
  readonly version: 1;
  readonly configUri: string;
  readonly view: ViewState;
}

export const INITIAL_VIEW: ViewState = {
  chart: "objective",
  axis: "iteration",
  pathValue: "objective",
  pathSeen: 0,
  open: [],
  scroll: 0,
};

/** Never throws: what is missing or unknown becomes the default. */
export function readSavedState(saved: unknown): SavedState {
  const record = isRecord(saved) ? saved : {};
  const view = isRecord(record["view"]) ? record["view"] : {};
  const open = view["open"];
  const scroll = view["scroll"];
  const pathValue = view["pathValue"];
  const pathSeen = view["pathSeen"];
  return {
    version: 1,
    configUri: typeof record["configUri"] === "string" ? record["configUri"] : "",
    view: {
      chart: view["chart"] === "gap" ? "gap" : "objective",
      axis: view["axis"] === "seconds" ? "seconds" : "iteration",
      pathValue: pathValue === "regularizer" || pathValue === "gap" ? pathValue : "objective",
      pathSeen: typeof pathSeen === "number" && Number.isSafeInteger(pathSeen) ? pathSeen : 0,
      open: Array.isArray(open) ? open.filter((key) => typeof key === "string") : [],
      scroll: typeof scroll === "number" && Number.isFinite(scroll) && scroll > 0 ? scroll : 0,
    },
  };
}

export function withOpen(view: ViewState, key: string, isOpen: boolean): ViewState {
  if (view.open.includes(key) === isOpen) return view;
  return { ...view, open: isOpen ? [...view.open, key] : view.open.filter((other) => other !== key) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
