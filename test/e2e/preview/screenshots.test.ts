/** Every state of the panel in every theme and width, kept as pictures for people to look at. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundlePanel, launchChromium, openPreview } from "./harness.ts";
import { RECORDINGS } from "./recordings.ts";
import { DARK, HIGH_CONTRAST, LIGHT, THEMES } from "./themes.ts";

const WIDTHS = [420, 760, 1200];

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
      for (const theme of recording.name === "global" ? THEMES : [DARK, LIGHT, HIGH_CONTRAST]) {
        await preview.setTheme(theme);
        for (const width of [320, ...WIDTHS, 1400]) {
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
});
