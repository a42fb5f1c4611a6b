// What a person does in the workbench, in the words of a test. Locators hold for Code 1.139.

export const LIMIT_MS = 30_000;

export function workbenchOf(page) {
  const quickInput = page.locator(".quick-input-widget input").first();
  const rows = page.locator(".quick-input-list .monaco-list-row");

  async function pick(text, row) {
    await page.keyboard.press("F1");
    await quickInput.waitFor({ state: "visible" });
    await quickInput.fill(text);
    await rows.filter({ hasText: row }).first().click({ timeout: LIMIT_MS });
  }

  return {
    /** Waits until the workbench takes input. */
    async ready() {
      await page
        .locator(".explorer-folders-view .monaco-list-row")
        .first()
        .waitFor({ timeout: 2 * LIMIT_MS });
    },
    /** Runs a command by its title in the palette. */
    command: (title) => pick(`>${title}`, title),
    /** Opens a file of the workspace by its name. */
    async open(name) {
      await pick(name, name);
      await page.locator(".tab.active", { hasText: name }).first().waitFor({ timeout: LIMIT_MS });
    },
    /** The editor's lines; the text of a line has no-break spaces. */
    line: (text) => page.locator(".monaco-editor .view-line", { hasText: text }).first(),
    squiggles: page.locator(".monaco-editor .squiggly-warning, .monaco-editor .squiggly-error"),
    /** Puts the cursor into `word`, opens the quick fixes and returns the rows of the menu. */
    async quickFixes(word) {
      await page.locator(".monaco-editor .view-line span", { hasText: word }).last().click();
      const actions = page.locator(".action-widget .monaco-list-row.action");
      // The menu closes when the document's diagnostics arrive once more while it opens: ask again, as a person would.
      for (let attempt = 0; attempt < 5; attempt++) {
        await page.keyboard.press("Control+.");
        const opened = actions.first().waitFor({ timeout: LIMIT_MS / 6 });
        if (
          await opened.then(
            () => true,
            () => false,
          )
        )
          return actions;
      }
      await actions.first().waitFor({ timeout: LIMIT_MS / 6 });
      return actions;
    },
    /** Takes the place that a save dialog suggests, which ends in `name`. */
    async acceptFile(name) {
      await quickInput.waitFor({ state: "visible", timeout: LIMIT_MS });
      await page.waitForFunction(
        (ending) => document.querySelector(".quick-input-widget input")?.value.endsWith(ending),
        name,
        { timeout: LIMIT_MS },
      );
      await page.keyboard.press("Enter");
    },
    save: () => page.keyboard.press("Control+s"),
  };
}

/** The certificate panel: the document inside the webview's two frames. */
export function panelOf(page) {
  const frame = page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame");
  const figure = (key) => frame.locator(`[data-figure="${key}"] data`);
  return {
    frame,
    verdict: frame.locator("#verdict-title"),
    config: frame.locator("h1"),
    button: (name) => frame.getByRole("button", { name }).first(),
    /** A key figure with all its digits. */
    number: async (key) => Number(await figure(key).getAttribute("value", { timeout: LIMIT_MS })),
    /** `start`: the first words, as written: "Not a global minimum" is not "Global minimum". */
    async awaitVerdict(start) {
      await frame.locator("#verdict-title", { hasText: new RegExp(`^${start}`) }).waitFor({ timeout: LIMIT_MS });
    },
    /** Number of pixels that a chart's canvas has drawn on. */
    inkOf: (selector) =>
      frame.locator(selector).evaluate((canvas) => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return data.filter((value, index) => index % 4 === 3 && value > 0).length;
      }),
  };
}
