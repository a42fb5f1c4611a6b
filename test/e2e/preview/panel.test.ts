/** The panel as a person, a keyboard, a screen reader and the host meet it. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { SeriesDelta } from "../../../extension/protocol/panel.ts";
import type { Preview, PreviewOptions } from "./harness.ts";
import { bundlePanel, keepPicture, launchChromium, openPreview, unfold } from "./harness.ts";
import { seriesOf } from "./recording.ts";
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
/** Whatever a test is about: nothing may complain, and nothing may break the policy. */
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

/** Distinct colors on a canvas, transparent ones left out. */
function colorsOn(page: Page, selector: string): Promise<readonly string[]> {
  return page.locator(selector).evaluate((canvas) => {
    if (!(canvas instanceof HTMLCanvasElement)) return [];
    const image = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    const colors = new Set<string>();
    for (let at = 0; at < image.length; at += 4) {
      if (image[at + 3] === 255) colors.add(`${image[at]},${image[at + 1]},${image[at + 2]}`);
    }
    return [...colors];
  });
}

async function lastPost(from: Preview) {
  return (await from.posted()).filter(({ kind }) => kind !== "ack" && kind !== "drawn").at(-1);
}

describe("the host's side", () => {
  it("says ready first, acknowledges points on receipt and reports them when they are drawn", async () => {
    const { play, posted } = await open();
    expect(await posted()).toEqual([{ kind: "ready" }]);
    await play(RECORDINGS.global);
    expect(await posted()).toEqual([
      { kind: "ready" },
      { kind: "ack", runId: 3, points: 143 },
      { kind: "drawn", runId: 3, points: 143 },
    ]);
  });

  it("assembles a stream of deltas", async () => {
    const { send, posted, page } = await open();
    const whole = seriesOf(1240, 3.2, 188000, 48410.2, 47022.9);
    await send({ kind: "state", state: RECORDINGS.running.state });
    for (let from = 0; from < 1240; from += 124) await send({ kind: "series", delta: part(whole, from, from + 124) });
    await page.waitForFunction(() => JSON.stringify(Reflect.get(window, "previewPosted")).includes('"points":1240'));
    const acks = (await posted()).filter((message) => message.kind === "ack").map(({ points }) => points);
    expect(acks).toEqual([124, 248, 372, 496, 620, 744, 868, 992, 1116, 1240]);
    expect(await page.locator(".legend-value").first().textContent()).toBe("48410.2");
  });

  it("ignores what it does not understand", async () => {
    const { page, send } = await open();
    await send({ kind: "state", state: RECORDINGS.global.state });
    await page.evaluate(() => {
      for (const data of [null, 7, { kind: "dance" }, { kind: "state", state: {} }, { kind: "series" }]) {
        window.dispatchEvent(new MessageEvent("message", { data }));
      }
    });
    expect(await page.locator("#verdict-title").textContent()).toBe("Global minimum — proven");
  });

  it("shows notices where they are read out", async () => {
    const { page, send } = await open();
    await send({ kind: "state", state: RECORDINGS.global.state });
    await send({ kind: "notice", text: "report written to iris.report.md", severity: "info" });
    const region = page.locator('[aria-live="polite"]');
    expect(await region.textContent()).toContain("report written to iris.report.md");
    await region.getByRole("button", { name: "Dismiss" }).click();
    expect(await region.textContent()).toBe("");
  });
});

function part(whole: SeriesDelta, from: number, to: number): SeriesDelta {
  return {
    runId: whole.runId,
    from,
    iteration: whole.iteration.slice(from, to),
    seconds: whole.seconds.slice(from, to),
    objective: whole.objective.slice(from, to),
    lowerBound: whole.lowerBound.slice(from, to),
  };
}

describe("what a person sees", () => {
  const verdicts = [
    ["empty", "Not diagnosed yet"],
    ["loading", "Reading the data"],
    ["running", "Looking for the global minimum"],
    ["global", "Global minimum — proven"],
    ["notGlobal", "Not a global minimum"],
    ["undecided", "Undecided"],
    ["outside", "No certificate can exist here"],
    ["failed", "Could not run"],
  ] as const;

  it.each(verdicts)("%s: %s", async (name, title) => {
    const { page, play } = await open();
    await play(RECORDINGS[name]);
    expect(await page.locator("#verdict-title").textContent()).toBe(title);
    const success = await page.locator('.verdict[data-tone="success"]').count();
    expect(success, "only a proven global minimum looks like success").toBe(name === "global" ? 1 : 0);
  });

  it("has ink on both charts, in the theme's colors, and follows the theme", async () => {
    const { page, play, setTheme } = await open();
    await play(RECORDINGS.global);
    const objective = { dark: "55,148,255", light: "26,133,255", highContrast: "89,164,249" };
    for (const selector of [".run-chart canvas", ".branch-chart canvas"]) {
      expect(await colorsOn(page, selector)).toContain(objective.dark);
    }
    await setTheme(LIGHT);
    for (const selector of [".run-chart canvas", ".branch-chart canvas"]) {
      await expect.poll(() => colorsOn(page, selector)).toContain(objective.light);
      expect(await colorsOn(page, selector)).not.toContain(objective.dark);
    }
    await setTheme(HIGH_CONTRAST);
    await expect.poll(() => colorsOn(page, ".run-chart canvas")).toContain(objective.highContrast);
  });

  it("lists the layers of a network, and nothing for other mappings", async () => {
    const { page, play } = await open();
    await play(RECORDINGS.deep);
    const table = page.getByRole("table", { name: "Degree after each layer of a branch" });
    expect(await table.getByRole("row", { name: "tanh none tanh has no degree" }).count()).toBe(1);
    await play(RECORDINGS.tensor);
    expect([await table.count(), await page.locator(".layers").isVisible()]).toEqual([0, false]);
  });

  it("warns when the files have changed", async () => {
    const { page, play } = await open();
    await play(RECORDINGS.outOfDate);
    await page.getByRole("button", { name: "Run again with the changed config" }).click();
    expect(preview && (await lastPost(preview))).toEqual({ kind: "run" });
  });

  it("does not move while a run streams", async () => {
    const { page, send } = await open({ width: 760 });
    const { state } = RECORDINGS.running;
    await send({ kind: "state", state });
    const tops = () =>
      page.evaluate(() =>
        [...document.querySelectorAll("section, .figures")].map((node) => node.getBoundingClientRect().top),
      );
    const before = await tops();
    for (const [iteration, objective, lowerBound] of [
      [1, 987654.321, 12.5],
      [99_999, 51234.5678, 51234.5123],
      [123_456, 51234.51234567, 51234.51234511],
    ] as const) {
      if (state.progress === null) throw new Error("the recording has progress");
      await send({
        kind: "state",
        state: { ...state, progress: { ...state.progress, iteration, objective, lowerBound } },
      });
      expect(await tops()).toEqual(before);
    }
  });
});

describe("buttons act", () => {
  it("adds a zero branch from the verdict", async () => {
    const { page, play } = await open();
    await play(RECORDINGS.notGlobal);
    await page.locator(".verdict").getByRole("button", { name: "Add zero branch and continue" }).click();
    expect(preview && (await lastPost(preview))).toEqual({ kind: "action", action: "add-zero-branch" });
  });

  it("runs, cancels, continues, opens the config", async () => {
    const opened = await open();
    const cases = [
      [RECORDINGS.empty, "Diagnose", { kind: "run" }],
      [RECORDINGS.running, "Cancel", { kind: "cancel" }],
      [RECORDINGS.global, "Run again", { kind: "run" }],
      [RECORDINGS.undecided, "Continue from here", { kind: "action", action: "continue" }],
      [RECORDINGS.undecided, "Remove redundant branches", { kind: "action", action: "remove-redundant-branches" }],
      [RECORDINGS.failed, "Open config", { kind: "reveal", path: "" }],
    ] as const;
    for (const [recording, name, message] of cases) {
      await opened.send({ kind: "state", state: recording.state });
      await opened.page.getByRole("button", { name }).first().click();
      expect(await lastPost(opened), name).toEqual(message);
    }
  });

  it("applies the suggestion of the finding it belongs to, in the order of the host", async () => {
    const opened = await open();
    const { state } = RECORDINGS.failed;
    // Sorted for reading: the note comes last on the page but stays first for the host.
    const findings = [...RECORDINGS.global.state.findings, ...state.findings];
    await opened.send({ kind: "state", state: { ...state, findings } });
    expect(await opened.page.locator(".card").first().getAttribute("data-code")).toBe("unknown-key");
    await opened.page.getByRole("button", { name: "Rename to search" }).click();
    expect(await lastPost(opened)).toEqual({ kind: "apply", runId: 3, finding: 1, suggestion: 0 });
    await opened.page.getByRole("button", { name: "Show data.target in the config" }).click();
    expect(await lastPost(opened)).toEqual({ kind: "reveal", path: "data.target" });
    await opened.page.getByRole("button", { name: "What does file-missing mean?" }).click();
    expect(await lastPost(opened)).toEqual({ kind: "explain", code: "file-missing" });
  });

  it("exports by keyboard, the picture as a PNG", async () => {
    const opened = await open();
    await opened.play(RECORDINGS.global);
    const menu = opened.page.getByRole("button", { name: "Export" });
    await menu.focus();
    await opened.page.keyboard.press("ArrowDown");
    await opened.page.keyboard.press("ArrowDown");
    await opened.page.keyboard.press("Enter");
    expect(await lastPost(opened)).toEqual({ kind: "export", format: "json" });
    await opened.page.keyboard.press("ArrowUp");
    await opened.page.keyboard.press("Enter");
    const picture = await lastPost(opened);
    if (picture?.kind !== "export" || picture.png === undefined) throw new Error("no picture was exported");
    const bytes = Buffer.from(picture.png.replace("data:image/png;base64,", ""), "base64");
    keepPicture("run-dark-1000", bytes);
    expect(bytes.subarray(1, 4).toString()).toBe("PNG");
    expect(bytes.readUInt32BE(16), "width").toBeGreaterThan(400);
    await opened.page.keyboard.press("Enter");
    await opened.page.keyboard.press("Escape");
    expect(await menu.evaluate((node) => node === document.activeElement)).toBe(true);
    expect(await menu.getAttribute("aria-expanded")).toBe("false");
  });

  it.each([320, 420, 560, 600, 1000])("keeps the export menu inside the window at %d px", async (width) => {
    const opened = await open({ width });
    await opened.play(RECORDINGS.global);
    await opened.page.getByRole("button", { name: "Export" }).click();
    const box = await opened.page.getByRole("menu").boundingBox();
    if (box === null) throw new Error("the menu is not shown");
    expect(box.x).toBeGreaterThanOrEqual(0);
    expect(box.x + box.width).toBeLessThanOrEqual(width);
  });

  it("keeps the focus when the state behind a button is sent again", async () => {
    const opened = await open();
    await opened.play(RECORDINGS.notGlobal);
    const button = opened.page.locator(".card").getByRole("button", { name: "Add zero branch and continue" });
    await button.focus();
    const { state } = RECORDINGS.notGlobal;
    const findings = state.findings.map((finding) => ({ ...finding, message: `${finding.message}, again` }));
    await opened.send({ kind: "state", state: { ...state, findings } });
    expect(await button.evaluate((node) => node === document.activeElement)).toBe(true);
  });

  it("copies all digits of a rounded number", async () => {
    const opened = await open();
    await opened.play(RECORDINGS.global);
    const copied = await opened.page.evaluate(() => {
      const data = document.querySelector('[data-figure="objective"] data');
      const selection = document.getSelection();
      if (data === null || selection === null) return undefined;
      selection.selectAllChildren(data);
      const clipboard = new DataTransfer();
      document.dispatchEvent(new ClipboardEvent("copy", { clipboardData: clipboard, cancelable: true }));
      const one = clipboard.getData("text/plain");
      const figures = document.querySelector(".figures");
      if (figures !== null) selection.selectAllChildren(figures);
      const all = new DataTransfer();
      document.dispatchEvent(new ClipboardEvent("copy", { clipboardData: all, cancelable: true }));
      return { one, all: all.getData("text/plain") };
    });
    expect(copied?.one).toBe("1005.11283764");
    expect(copied?.all).toContain("1005.11280678");
    expect(copied?.all).toContain("Rank");
  });
});

describe("a panel that was destroyed", () => {
  it("comes back with its chart, its open parts and its place", async () => {
    const opened = await open({ height: 500 });
    const { page } = opened;
    await opened.play(RECORDINGS.global);
    await page.getByRole("button", { name: "Gap (log)" }).click();
    await page.getByRole("button", { name: "Time", exact: true }).click();
    await unfold(page.locator(".branches summary"));
    await unfold(page.locator(".card summary"));
    await page.evaluate(() => window.scrollTo({ top: 300 }));
    await expect.poll(() => page.evaluate(() => sessionStorage.getItem("vscode-state"))).toContain('"scroll":300');
    await page.reload();
    await opened.setTheme(DARK);
    await opened.play(RECORDINGS.global);
    for (const name of ["Gap (log)", "Time"]) {
      expect(await page.getByRole("button", { name, exact: true }).getAttribute("aria-pressed")).toBe("true");
    }
    expect(await page.locator(".branches details").getAttribute("open")).not.toBeNull();
    expect(await page.locator(".branches tbody tr").count()).toBe(2);
    expect(await page.locator(".card details p").isVisible()).toBe(true);
    expect(await page.evaluate(() => window.scrollY)).toBe(300);
    const saved: unknown = JSON.parse((await page.evaluate(() => sessionStorage.getItem("vscode-state"))) ?? "null");
    expect(saved).toMatchObject({ version: 1, configUri: RECORDINGS.global.state.configUri });
  });
});

describe("without eyes or mouse", () => {
  const all = Object.values(RECORDINGS);

  it.each(all)("$name: every control has a name, headings are in order, tables have headers", async (recording) => {
    const { page, play } = await open();
    await play(recording);
    for (const summary of await page.locator("summary:visible").all()) await unfold(summary);
    const report = await page.evaluate(() => {
      const visible = (node: Element): boolean => node.checkVisibility({ visibilityProperty: true });
      const named = (node: Element): boolean =>
        (node.getAttribute("aria-label") ?? node.textContent ?? "").trim() !== "";
      const nodes = (selector: string): Element[] => [...document.querySelectorAll(selector)].filter(visible);
      const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
      return {
        headings: nodes("h1, h2, h3").map(({ tagName }) => tagName),
        mains: nodes("main").length,
        unnamed: nodes("button, summary, canvas, [role=region], [role=group]").filter((node) => !named(node)).length,
        tables: nodes("table").map((table) => ({
          caption: table.querySelector("caption")?.textContent ?? "",
          columns: table.querySelectorAll('thead th[scope="col"]').length,
          rows: [...table.querySelectorAll("tbody tr")].every((row) => row.querySelector('th[scope="row"]') !== null),
        })),
        duplicateIds: ids.length - new Set(ids).size,
        missingLabels: nodes("[aria-labelledby]").filter(
          (node) => document.getElementById(node.getAttribute("aria-labelledby") ?? "") === null,
        ).length,
        inline: document.querySelectorAll("main [onclick], main [style]:not(canvas)").length,
        charts: nodes("canvas").length,
      };
    });
    expect(report.headings[0]).toBe("H1");
    expect(report.headings.filter((tag) => tag === "H1")).toHaveLength(1);
    expect(report).toMatchObject({ mains: 1, unnamed: 0, duplicateIds: 0, missingLabels: 0, inline: 0 });
    // Each chart on show has its table twin.
    expect(report.tables.length).toBeGreaterThanOrEqual(report.charts);
    for (const table of report.tables) {
      expect(table.caption).not.toBe("");
      expect(table.columns).toBeGreaterThan(1);
      expect(table.rows).toBe(true);
    }
  });

  it.each([420, 1200])("tabs in reading order at %d px", async (width) => {
    const { page, play } = await open({ width });
    await play(RECORDINGS.notGlobal);
    const names: string[] = [];
    for (let presses = 0; presses < 20; presses += 1) {
      await page.keyboard.press("Tab");
      const name = await page.evaluate(() => {
        const node = document.activeElement;
        return node === null || node === document.body
          ? ""
          : (node.getAttribute("aria-label") ?? node.textContent ?? "");
      });
      if (name === "") break;
      names.push(name);
    }
    expect(names).toEqual([
      "Run again",
      "Export",
      "Add zero branch and continue",
      "Objective and bound",
      "Gap (log)",
      "Iterations",
      "Time",
      "Show as table",
      "Show as table",
      "Show branches in the config",
      "What does add-zero-branch mean?",
      "Why",
      "Add zero branch and continue",
      "Let the search grow by itself (search.grow: true)",
      "Compute the λ-path",
    ]);
  });

  it("reads the verdict out, not the numbers that run past", async () => {
    const { page, send } = await open();
    const announcement = page.locator(".verdict-root > [role=status]");
    await send({ kind: "state", state: RECORDINGS.running.state });
    expect(await announcement.textContent()).toBe("Looking for the global minimum");
    await send({ kind: "state", state: RECORDINGS.global.state });
    expect(await announcement.textContent()).toMatch(/^Global minimum — proven\. No other point/);
  });
});
