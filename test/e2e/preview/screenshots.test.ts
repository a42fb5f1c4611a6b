/** Every state of the panel in every theme and width, kept as pictures for people to look at. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundlePanel, launchChromium, openPreview, unfold } from "./harness.ts";
import { RECORDINGS } from "./recordings.ts";
import { DARK, THEMES } from "./themes.ts";

const WIDTHS = [320, 420, 760, 1200];

let browser: Browser;
let bundle: Awaited<ReturnType<typeof bundlePanel>>;

beforeAll(async () => {
  [browser, bundle] = await Promise.all([launchChromium(), bundlePanel()]);
});
afterAll(async () => {
  await browser?.close();
});

describe("screenshots", () => {
  for (const recording of Object.values(RECORDINGS)) {
    it(`${recording.name} fits every width in every theme`, async () => {
      const preview = await openPreview(browser, bundle, { theme: DARK, width: 1200 });
      await preview.play(recording);
      for (const theme of THEMES) {
        await preview.setTheme(theme);
        for (const width of [...WIDTHS, 1400]) {
          await preview.page.setViewportSize({ width, height: 900 });
          await preview.page.waitForTimeout(60);
          const overflow = await preview.page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          );
          expect(overflow, `${recording.name} at ${width} px scrolls sideways`).toBeLessThanOrEqual(0);
          if (WIDTHS.includes(width)) await preview.screenshot(`${recording.name}-${theme.name}-${width}`);
        }
      }
      expect(preview.complaints).toEqual([]);
      await preview.close();
    });
  }

  it("everything opened: gap over time, tables, explanation, menu", async () => {
    const preview = await openPreview(browser, bundle, { theme: DARK, width: 760 });
    await preview.play(RECORDINGS.undecided);
    const { page } = preview;
    await page.getByRole("button", { name: "Gap (log)" }).click();
    await page.getByRole("button", { name: "Time", exact: true }).click();
    for (const summary of await page.locator("summary:visible").all()) await unfold(summary);
    await page.getByRole("button", { name: "Export" }).click();
    await preview.send({ kind: "notice", text: "report written to volcano.report.md", severity: "info" });
    for (const theme of THEMES) {
      await preview.setTheme(theme);
      await page.waitForTimeout(60);
      await preview.screenshot(`opened-${theme.name}-760`);
    }
    expect(preview.complaints).toEqual([]);
    await preview.close();
  });
});
