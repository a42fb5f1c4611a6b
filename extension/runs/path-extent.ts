/** How fine a λ-path is and how far it goes: the values of the settings, whatever people wrote there, checked. */
import type { PathExtent } from "../protocol/worker.ts";

export const FEWEST_POINTS = 2;
/** Each point is a run; the panel draws and lists all of them. */
export const MOST_POINTS = 1000;

export type CheckedExtent =
  | { readonly ok: true; readonly extent: PathExtent }
  | { readonly ok: false; readonly message: string };

/** VS Code hands out what stands in `settings.json`, of whatever type: the message says what would do. */
export function checkedExtent({ points, end }: { readonly points: unknown; readonly end: unknown }): CheckedExtent {
  if (!isPoints(points)) {
    return refused("points", points, `a whole number from ${FEWEST_POINTS} to ${MOST_POINTS}`);
  }
  if (!(end === null || isShare(end))) {
    return refused("end", end, "a share of λ_max, above 0 and below 1 (null: the config's own λ)");
  }
  return { ok: true, extent: { points, end } };
}

function isPoints(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= FEWEST_POINTS && value <= MOST_POINTS;
}

function isShare(value: unknown): value is number {
  return typeof value === "number" && value > 0 && value < 1;
}

const SHOWN_CHARACTERS = 40;

function refused(name: string, value: unknown, wanted: string): CheckedExtent {
  const text = JSON.stringify(value) ?? "undefined";
  const shown = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
  return { ok: false, message: `optimalityLens.path.${name}: ${shown} is not ${wanted}; change it in the settings` };
}
