import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkedExtent, FEWEST_POINTS, MOST_POINTS } from "../../../extension/runs/path-extent.ts";

interface Setting {
  readonly type: string | readonly string[];
  readonly default: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

const manifest = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as {
  readonly contributes: { readonly configuration: { readonly properties: Readonly<Record<string, Setting>> } };
};
const settingOf = (name: string): Setting => {
  const setting = manifest.contributes.configuration.properties[`optimalityLens.path.${name}`];
  if (setting === undefined) throw new Error(`package.json has no optimalityLens.path.${name}`);
  return setting;
};

describe("the extent of a λ-path, from the settings", () => {
  it("is what the manifest says where nothing is set", () => {
    expect(checkedExtent({ points: settingOf("points").default, end: settingOf("end").default })).toEqual({
      ok: true,
      extent: { points: 20, end: null },
    });
  });

  it("is taken from the bounds that the settings editor shows, and from nothing beyond them", () => {
    const { minimum = Number.NaN, maximum = Number.NaN } = settingOf("points");
    expect([minimum, maximum]).toEqual([FEWEST_POINTS, MOST_POINTS]);
    for (const [points, ok] of [
      [minimum, true],
      [maximum, true],
      [minimum - 1, false],
      [maximum + 1, false],
    ] as const) {
      expect(checkedExtent({ points, end: null }).ok, `${points} points`).toBe(ok);
    }
    const { exclusiveMinimum = Number.NaN, exclusiveMaximum = Number.NaN } = settingOf("end");
    for (const [end, ok] of [
      [exclusiveMinimum, false],
      [exclusiveMaximum, false],
      [0.01, true],
    ] as const) {
      expect(checkedExtent({ points: 20, end }).ok, `down to ${end}`).toBe(ok);
    }
  });

  it.each([
    [1, "1"],
    [2.5, "2.5"],
    ["20", '"20"'],
    [null, "null"],
    [undefined, "undefined"],
  ])("refuses %j points and says what would do", (points, shown) => {
    expect(checkedExtent({ points, end: null })).toEqual({
      ok: false,
      message: `optimalityLens.path.points: ${shown} is not a whole number from 2 to 1000; change it in the settings`,
    });
  });

  it.each([
    [0, "0"],
    [1, "1"],
    [-0.5, "-0.5"],
    ["0.01max", '"0.01max"'],
    [[0.1], "[0.1]"],
    ["x".repeat(200), `"${"x".repeat(39)}…`],
  ])("refuses %j as the end and says what would do", (end, shown) => {
    expect(checkedExtent({ points: 20, end })).toEqual({
      ok: false,
      message: `optimalityLens.path.end: ${shown} is not a share of λ_max, above 0 and below 1 (null: the config's own λ); change it in the settings`,
    });
  });
});
