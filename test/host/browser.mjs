// A headless Chromium in which nothing but this machine can be reached.
import { chromium } from "playwright-core";
import { findChromium } from "./chromium.mjs";

export async function openBrowser({ width = 1400, height = 900, scale = 1 } = {}) {
  const browser = await chromium.launch({
    executablePath: findChromium(),
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // Proof that the extension and its panel need nothing from outside.
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE *.localhost",
    ],
  });
  const context = await browser.newContext({
    viewport: { width, height },
    deviceScaleFactor: scale,
    permissions: ["clipboard-read", "clipboard-write"],
  });
  return { browser, context, page: await context.newPage() };
}
