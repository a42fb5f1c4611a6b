/** The λ-path in the panel: what a person sees of it, and what the pointer and the keyboard do. */
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { PanelState } from "../../../extension/protocol/panel.ts";
import type { Preview, PreviewOptions } from "./harness.ts";
import { bundlePanel, keepPicture, launchChromium, openPreview, unfold } from "./harness.ts";
import { RECORDINGS } from "./recordings.ts";
import { DARK, HIGH_CONTRAST, LIGHT } from "./themes.ts";

let browser: Browser;
let bundle: Awaited<ReturnType<typeof bundlePanel>>;
let preview: Preview | undefined;

beforeAll(async () => {
  [browser, bundle] = await Promise.all([launchChromium(), bundlePanel()]);
});
afterAll(async () => {
  await browser?.close();
});
afterEach(async () => {
  const complaints = preview?.complaints ?? [];
  await preview?.close();
  preview = undefined;
  expect(complaints).toEqual([]);
});

async function open(options: Partial<PreviewOptions> = {}): Promise<Preview> {
  preview = await openPreview(browser, bundle, { theme: DARK, width: 1000, ...options });
  return preview;
}

async function lastPost(from: Preview) {
  return (await from.posted()).filter(({ kind }) => kind !== "ack" && kind !== "drawn").at(-1);
}

const { state } = RECORDINGS.path;
if (state.path === null) throw new Error("the recording has a path");
const whole = state.path;

/** As the host sends it while point after point comes. */
function having(count: number): PanelState {
  const running = { ...whole, phase: "running", status: null, points: whole.points.slice(0, count) } as const;
  return { ...state, path: count < whole.points.length ? running : whole };
}

/** Distinct colors of the chart. */
function colors(from: Preview): Promise<readonly string[]> {
  return from.page.locator(".path-chart canvas").evaluate((canvas) => {
    if (!(canvas instanceof HTMLCanvasElement)) return [];
    const image = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    const found = new Set<string>();
    for (let at = 0; at < image.length; at += 4) {
      if (image[at + 3] === 255) found.add(`${image[at]},${image[at + 1]},${image[at + 2]}`);
    }
    return [...found];
  });
}

/** Decoded in a page of its own, since the panel's policy loads no image: what a person would see in the file. */
async function exportedPicture(from: Preview, name: string) {
  await from.page.getByRole("button", { name: "Export" }).click();
  await from.page.getByRole("menuitem", { name: "λ-path as PNG" }).click();
  const request = await lastPost(from);
  if (request?.kind !== "export" || request.format !== "path-png" || request.png === undefined) {
    throw new Error("no picture was exported");
  }
  keepPicture(name, Buffer.from(request.png.replace(/^.*,/, ""), "base64"));
  const viewer = await from.page.context().newPage();
  return viewer.evaluate(async (url) => {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.width;
    canvas.height = image.height;
    const context = canvas.getContext("2d");
    context?.drawImage(image, 0, 0);
    const pixels = context?.getImageData(0, 0, image.width, image.height).data ?? [];
    const colorAt = (at: number): string => `${pixels[at]},${pixels[at + 1]},${pixels[at + 2]}`;
    const found = new Set<string>();
    let inkInMargin = 0;
    for (let at = 0; at < pixels.length; at += 4) {
      found.add(colorAt(at));
      if ((at / 4) % image.width > image.width - 15 && colorAt(at) !== colorAt(0)) inkInMargin += 1;
    }
    return { width: image.width, height: image.height, colors: [...found], inkInMargin };
  }, request.png);
}

describe("the λ-path", () => {
  it("is offered where a run is shown, and nowhere before", async () => {
    const opened = await open();
    await opened.send({ kind: "state", state: RECORDINGS.empty.state });
    expect(await opened.page.locator("section.path").isVisible()).toBe(false);
    await opened.play(RECORDINGS.global);
    await opened.page.getByRole("button", { name: "Compute the λ-path" }).click();
    expect(await lastPost(opened)).toEqual({ kind: "path" });
  });

  it("shows points as they come, without moving, and ends with a sentence that is read out", async () => {
    const opened = await open();
    const { page, send } = opened;
    await send({ kind: "state", state: having(1) });
    const status = page.locator(".path > [role=status]");
    const tops = () =>
      page.evaluate(() =>
        [...document.querySelectorAll(".path > *, .path .section-head > *")].map((node) => {
          const { top, height } = node.getBoundingClientRect();
          return [top + window.scrollY, height];
        }),
      );
    const before = await tops();
    for (let count = 2; count <= 19; count += 1) {
      await send({ kind: "state", state: having(count) });
      expect(await tops()).toEqual(before);
      expect(await page.locator(".path-words").textContent()).toMatch(new RegExp(`^λ ${count + 1} of 20, `));
      expect(await status.textContent()).toBe("");
    }
    await page.locator(".path").getByRole("button", { name: "Cancel" }).click();
    expect(await lastPost(opened)).toEqual({ kind: "cancel" });
    await send({ kind: "state", state: having(20) });
    expect(await status.textContent()).toMatch(/^λ-path: 20 values of λ, all proven global/);
    expect(await page.getByRole("slider").getAttribute("aria-valuemax")).toBe("20");
  });

  it("comes into sight when it begins, once", async () => {
    const { page, send } = await open({ height: 500 });
    await send({ kind: "state", state });
    expect(await page.evaluate(() => window.scrollY)).toBe(0);
    const next = { ...having(1), path: { ...whole, pathId: 3, phase: "loading", status: null, points: [] } } as const;
    await send({ kind: "state", state: next });
    const inSight = () => page.locator("#path-title").evaluate((node) => node.getBoundingClientRect().top < 100);
    expect(await inSight()).toBe(true);
    await page.evaluate(() => window.scrollTo({ top: 0 }));
    await send({ kind: "state", state: { ...next, outOfDate: true } });
    expect(await page.evaluate(() => window.scrollY)).toBe(0);
  });

  it("is drawn in the colors of the theme, and tells verdicts apart by shape", async () => {
    const opened = await open();
    await opened.play(RECORDINGS.pathMixed);
    expect(await colors(opened)).toContain("55,148,255");
    await opened.setTheme(LIGHT);
    await expect.poll(() => colors(opened)).toContain("26,133,255");
    await opened.setTheme(HIGH_CONTRAST);
    await expect.poll(() => colors(opened)).toContain("89,164,249");
    const legend = opened.page.locator(".path .legend li:visible");
    expect(await legend.allTextContents()).toEqual(["Proven global", "Undecided", "Not global", "Outside the theory"]);
    const shapes = await opened.page
      .locator(".path .legend path")
      .evaluateAll((all) => all.map((one) => one.getAttribute("d")));
    expect(new Set(shapes).size).toBe(4);
  });

  it("says what the dashed line means where gaps are drawn", async () => {
    const opened = await open();
    await opened.play(RECORDINGS.pathMixed);
    const level = opened.page.locator(".path .legend").getByText("Counts as global");
    expect(await level.isVisible()).toBe(false);
    await opened.page.locator(".path").getByRole("button", { name: "Gap", exact: true }).click();
    expect(await level.isVisible()).toBe(true);
    expect(await opened.page.locator(".path .legend li").last().textContent()).toBe("Counts as global≤ 1e-6");
  });
});

describe("a point of the path", () => {
  it("is chosen with the arrow keys, and Enter offers its λ", async () => {
    const opened = await open();
    await opened.play(RECORDINGS.path);
    const { page } = opened;
    const slider = page.getByRole("slider", { name: "Points of the λ-path, from λ_max down" });
    expect(await slider.getAttribute("aria-valuetext")).toBe("none chosen");
    await slider.focus();
    for (const key of ["ArrowRight", "ArrowRight", "End", "ArrowRight", "Home", "ArrowLeft", "ArrowRight"]) {
      await page.keyboard.press(key);
    }
    expect(await slider.getAttribute("aria-valuenow")).toBe("2");
    expect(await slider.getAttribute("aria-valuetext")).toMatch(/^78 % of λ_max, λ 75\.3055, Rank 1/);
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    expect(await lastPost(opened)).toEqual({ kind: "lambda", to: "config", pathId: 2, point: 1 });
    await page.getByRole("button", { name: "Copy λ = 75.3055" }).click();
    expect(await lastPost(opened)).toEqual({ kind: "lambda", to: "clipboard", pathId: 2, point: 1 });
  });

  it("is chosen by a click beside its mark", async () => {
    const opened = await open();
    await opened.play(RECORDINGS.path);
    const canvas = opened.page.locator(".path-chart canvas");
    const box = await canvas.boundingBox();
    if (box === null) throw new Error("the chart is not shown");
    await canvas.click({ position: { x: box.width - 16, y: box.height / 2 } });
    expect(await opened.page.locator(".path-share").textContent()).toBe("1 % of λmax");
    await opened.page.getByRole("button", { name: "Use λ = 0.959599 in the config" }).click();
    expect(await lastPost(opened)).toEqual({ kind: "lambda", to: "config", pathId: 2, point: 19 });
  });

  it("is chosen in the table, which then marks it", async () => {
    const opened = await open();
    await opened.play(RECORDINGS.pathMixed);
    const { page } = opened;
    await unfold(page.locator(".path summary"));
    const table = page.getByRole("table", { name: "Points of the λ-path, from λ_max down" });
    expect(await table.locator("tbody tr").count()).toBe(60);
    const row = table.locator("tbody tr").nth(41);
    expect(await row.locator(".verdict-chip").textContent()).toBe("Not global");
    await row.getByRole("button").focus();
    await page.keyboard.press("Enter");
    expect(await page.locator(".path-point").textContent()).toContain("Adding one branch lowers the objective.");
    expect(await row.getAttribute("aria-current")).toBe("true");
    const focused = await page.evaluate(() => document.activeElement?.textContent);
    expect(focused).toBe("Use this λ");
    await page.keyboard.press("Enter");
    expect(await lastPost(opened)).toEqual({ kind: "lambda", to: "config", pathId: 2, point: 41 });
  });

  it("stays chosen while further points come, and not when another path does", async () => {
    const { page, send } = await open();
    await send({ kind: "state", state: having(4) });
    await page.getByRole("slider").focus();
    for (let presses = 0; presses < 3; presses += 1) await page.keyboard.press("ArrowRight");
    await send({ kind: "state", state: having(9) });
    expect(await page.getByRole("slider").getAttribute("aria-valuenow")).toBe("3");
    expect(await page.getByRole("slider").evaluate((node) => node === document.activeElement)).toBe(true);
    const other = { ...having(9), path: { ...whole, pathId: 5 } };
    await send({ kind: "state", state: other });
    expect(await page.getByRole("slider").getAttribute("aria-valuetext")).toBe("none chosen");
  });

  it("has a tooltip with all its numbers", async () => {
    const opened = await open();
    await opened.play(RECORDINGS.path);
    const before = await colors(opened);
    await opened.page.locator(".path-chart canvas").hover();
    await expect.poll(() => colors(opened)).not.toEqual(before);
    expect(await colors(opened)).toContain("32,32,32");
  });
});

describe("what is kept", () => {
  it("shows below the rank what was chosen, after a reload too", async () => {
    const opened = await open();
    await opened.play(RECORDINGS.path);
    await opened.page.getByRole("button", { name: "Regularizer", exact: true }).click();
    await unfold(opened.page.locator(".path summary"));
    await opened.page.reload();
    await opened.setTheme(DARK);
    await opened.play(RECORDINGS.path);
    const pressed = opened.page.getByRole("button", { name: "Regularizer", exact: true });
    expect(await pressed.getAttribute("aria-pressed")).toBe("true");
    expect(await opened.page.locator(".path tbody tr").count()).toBe(20);
  });

  it("is exported as a picture in the theme's colors, with nothing cut where it is narrow", async () => {
    const opened = await open({ width: 1000 });
    await opened.play(RECORDINGS.pathMixed);
    const wide = await exportedPicture(opened, "path-dark-1000");
    expect(wide.colors).toEqual(expect.arrayContaining(["55,148,255", "31,31,31", "204,204,204"]));
    await opened.setTheme(LIGHT);
    await opened.page.setViewportSize({ width: 420, height: 900 });
    await expect.poll(() => colors(opened)).toContain("26,133,255");
    await opened.page.locator(".path").getByRole("button", { name: "Gap", exact: true }).click();
    const narrow = await exportedPicture(opened, "path-gap-light-420");
    expect(narrow.colors).toContain("26,133,255");
    expect(narrow.width).toBeLessThan(wide.width);
    // Words and legend take more lines; the margin on the right stays empty.
    const chartHeight = await opened.page.locator(".path-chart canvas").evaluate((canvas) => canvas.clientHeight);
    expect(narrow.height - chartHeight).toBeGreaterThan(100);
    expect(narrow.inkInMargin).toBe(0);
  });

  it("has no picture before its first point, nor without a path", async () => {
    const opened = await open();
    const item = opened.page.locator("[data-format=path-png]");
    await opened.play(RECORDINGS.global);
    expect(await item.isDisabled()).toBe(true);
    await opened.play(RECORDINGS.path);
    expect(await item.isDisabled()).toBe(false);
    await opened.play(RECORDINGS.pathLoading);
    expect(await item.isDisabled()).toBe(true);
  });

  it("is exported as CSV and JSON, also without a run", async () => {
    const opened = await open();
    await opened.play(RECORDINGS.pathCancelled);
    for (const [name, format] of [
      ["λ-path as CSV", "path-csv"],
      ["λ-path as JSON", "path-json"],
    ] as const) {
      await opened.page.getByRole("button", { name: "Export" }).click();
      expect(await opened.page.getByRole("menuitem", { name: "Result as JSON" }).isDisabled()).toBe(true);
      await opened.page.getByRole("menuitem", { name }).click();
      expect(await lastPost(opened)).toEqual({ kind: "export", format });
    }
  });
});
