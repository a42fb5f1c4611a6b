// One journey through the packed extension in the real workbench, as a person would make it: squiggle, quick fix,
// diagnose, certificate, a better point, reload. Screenshots go to test-artifacts/; with --keep-screenshot the one in the
// README is made anew. `npm run package` first.
import assert from "node:assert/strict";
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { vsixFile } from "../../scripts/vsix-file.mjs";
import { openBrowser } from "../host/browser.mjs";
import { repository } from "../host/fetch-server.mjs";
import { createServer } from "../host/server.mjs";
import { LIMIT_MS, panelOf, workbenchOf } from "./workbench.mjs";

const ONE_BRANCH = 632.792034;
const OPTIMUM = 551.370044;
const THEMES = {
  "workbench.colorTheme": "Default Dark Modern",
  "workbench.preferredDarkColorTheme": "Default Dark Modern",
  "workbench.preferredLightColorTheme": "Default Light Modern",
};
const TOGGLE_THEME = "Preferences: Toggle between Light/Dark Themes";

const artifacts = path.join(repository, "test-artifacts");
mkdirSync(artifacts, { recursive: true });
const startedMs = Date.now();
let steps = 0;

try {
  if (!existsSync(vsixFile())) throw new Error(`${vsixFile()} is missing: run \`npm run package\` first`);
  await inWorkbench(journey);
  console.log(`${steps} steps passed`);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

async function journey({ page, workspace, step }) {
  const workbench = workbenchOf(page);
  const panel = panelOf(page);
  const shot = (name) => page.screenshot({ path: path.join(artifacts, `${name}.png`) });

  /** Without the pointer's hovers, and after the last frame. */
  const restAndShoot = async (name) => {
    await page.mouse.move(720, 2);
    await page.waitForTimeout(800);
    await shot(name);
  };

  /** Dark, light, and dark again. */
  const inBothThemes = async (act) => {
    await act("dark");
    await workbench.command(TOGGLE_THEME);
    await page.locator(".monaco-workbench.vs").first().waitFor({ timeout: LIMIT_MS });
    await act("light");
    await workbench.command(TOGGLE_THEME);
    await page.locator(".monaco-workbench.vs-dark").first().waitFor({ timeout: LIMIT_MS });
  };

  await step("the workbench opens the examples", () => workbench.ready());

  await step("a regularizer that does not fit is underlined", async () => {
    await workbench.open("degree-mismatch.optimality.yaml");
    await workbench.squiggles.first().waitFor({ timeout: LIMIT_MS });
    await shot("1-squiggle");
  });

  await step("the quick fix mends it", async () => {
    const fixes = await workbench.quickFixes("l1");
    await shot("2-quick-fix");
    await fixes.filter({ hasText: "product" }).first().click();
    await workbench.line("kind: product").waitFor({ timeout: LIMIT_MS });
    await workbench.squiggles.first().waitFor({ state: "detached", timeout: LIMIT_MS });
    await workbench.save();
    const file = path.join(workspace, "teaching/degree-mismatch.optimality.yaml");
    await until(
      () => /^regularizer: \{\s*kind: product, norm: l1\s*\}$/m.test(readFileSync(file, "utf8")),
      "the fix is saved",
    );
  });

  await step("diagnose proves a global minimum", async () => {
    await workbench.command("Optimality Lens: Diagnose");
    await panel.awaitVerdict("Global minimum");
    const optimum = softThresholdOptimum(path.join(workspace, "iris/iris.csv"), 5);
    assert.ok(Math.abs((await panel.number("objective")) - optimum) < 1e-3);
    assert.ok((await panel.number("lower-bound")) <= optimum + 1e-6);
    assert.ok((await panel.number("gap")) <= 1e-6);
    await until(async () => (await panel.inkOf(".run-chart canvas")) > 500, "the run chart is drawn");
    await until(async () => (await panel.inkOf(".branch-chart canvas")) > 500, "the branch chart is drawn");
  });

  await step("its certificate is on disk", () =>
    until(
      () => readdirSync(path.join(workspace, "teaching")).some((file) => file.endsWith(".certificate.json")),
      "a .certificate.json is written",
    ),
  );

  await step("a model that is too narrow is not global", async () => {
    await workbench.open("too-narrow.optimality.yaml");
    await workbench.command("Optimality Lens: Diagnose");
    await panel.awaitVerdict("Not a global minimum");
    assert.ok(Math.abs((await panel.number("objective")) - ONE_BRANCH) < 0.01);
    await shot("3-not-global-dark");
  });

  await step("adding a zero branch lowers the objective to the global minimum", async () => {
    const before = await panel.number("objective");
    await panel.button("Add zero branch and continue").click();
    await panel.awaitVerdict("Global minimum");
    const after = await panel.number("objective");
    assert.ok(after < before, `${after} is not below ${before}`);
    assert.ok(Math.abs(after - OPTIMUM) < 1e-3, `${after}`);
    await until(async () => (await panel.inkOf(".run-chart canvas")) > 500, "the run chart is drawn");
  });

  await step("the panel follows a light theme", async () => {
    await inBothThemes(async (theme) => {
      await page.waitForTimeout(500);
      await shot(`4-global-${theme}`);
    });
  });

  await step("after a reload the panel is there again with its numbers", async () => {
    const before = await panel.number("objective");
    const name = await panel.config.textContent();
    // The command, not the browser's reload: that one does not wait until the workbench has written its state.
    await Promise.all([
      page.waitForEvent("load", { timeout: LIMIT_MS }),
      workbench.command("Developer: Reload Window"),
    ]);
    await workbench.ready();
    await panel.awaitVerdict("Global minimum");
    assert.equal(await panel.number("objective"), before);
    assert.equal(await panel.config.textContent(), name);
    await until(async () => (await panel.inkOf(".run-chart canvas")) > 500, "the run chart is drawn");
    await shot("5-after-reload");
  });

  await step("weight decay on three weight layers is underlined, and mended", async () => {
    await workbench.command("View: Close All Editors");
    await workbench.open("weight-decay.optimality.yaml");
    await workbench.squiggles.first().waitFor({ timeout: LIMIT_MS });
    const fixes = await workbench.quickFixes("weight-decay");
    await fixes.filter({ hasText: "kind: power" }).first().click();
    await workbench.line("kind: power").waitFor({ timeout: LIMIT_MS });
    await workbench.squiggles.first().waitFor({ state: "detached", timeout: LIMIT_MS });
    await workbench.save();
  });

  await step("its diagnosis has the degree after each layer", async () => {
    await workbench.command("Optimality Lens: Diagnose");
    await panel.frame.locator("h1", { hasText: "weight-decay" }).waitFor({ timeout: LIMIT_MS });
    await panel.awaitVerdict("(Undecided|Global minimum)");
    const degrees = await panel.frame.locator(".layers tbody .degree").allTextContents();
    assert.deepEqual(degrees, ["1", "1", "2", "2", "3"]);
    await panel.frame.locator(".layers").scrollIntoViewIfNeeded();
    await shot("6-network");
  });

  await step("half of a volcano is completed, with a proof", async () => {
    await workbench.command("View: Close All Editors");
    await workbench.command("View: Toggle Primary Side Bar Visibility");
    await workbench.open("volcano.optimality.yaml");
    await workbench.command("Optimality Lens: Diagnose");
    await panel.frame.locator("h1", { hasText: "volcano" }).waitFor({ timeout: LIMIT_MS });
    await panel.awaitVerdict("Global minimum");
    await panel.button("Gap (log)").click();
    await until(async () => (await panel.inkOf(".run-chart canvas")) > 500, "the gap chart is drawn");
    await restAndShoot("panel");
    if (process.argv.includes("--keep-screenshot")) {
      const kept = path.join(repository, "docs/images/panel.png");
      mkdirSync(path.dirname(kept), { recursive: true });
      copyFileSync(path.join(artifacts, "panel.png"), kept);
    }
  });

  await step("its λ-path is proven at every point, and drawn in both themes", async () => {
    await workbench.command("Optimality Lens: λ-path");
    await panel.frame.locator(".path-words", { hasText: /^20 values of λ, all proven global/ }).waitFor({
      timeout: LIMIT_MS,
    });
    await until(async () => (await panel.inkOf(".path-chart canvas")) > 500, "the chart of the path is drawn");
    await panel.frame.getByRole("slider").press("End");
    await panel.button("Use λ = ").waitFor({ timeout: LIMIT_MS });
    await inBothThemes((theme) => restAndShoot(`7-path-${theme}`));
  });

  await step("its points are exported as CSV", async () => {
    await panel.button("Export").click();
    await panel.frame.getByRole("menuitem", { name: "λ-path as CSV" }).click();
    await workbench.acceptFile("volcano.optimality.path.csv");
    const file = path.join(workspace, "volcano/volcano.optimality.path.csv");
    await until(() => existsSync(file) && readFileSync(file, "utf8").endsWith("\n"), "the export is written");
    const [head, ...points] = readFileSync(file, "utf8").trim().split("\n");
    assert.match(head, /^lambda,relative,verdict,/);
    assert.equal(points.filter((line) => line.split(",")[2] === "global").length, 20);
    await panel.frame.getByText("exported to volcano/volcano.optimality.path.csv").waitFor({ timeout: LIMIT_MS });
    await panel.button("Dismiss").click();
  });

  await step("the whole panel is shown in both themes", async () => {
    await page.setViewportSize({ width: 1000, height: 2400 });
    await workbench.command("View: Toggle Maximize Editor Group");
    await inBothThemes((theme) => restAndShoot(`8-whole-panel-${theme}`));
  });
}

/** Everything a journey needs, and the end of all of it. */
async function inWorkbench(work) {
  const temporary = mkdtempSync(path.join(tmpdir(), "optimality-lens-"));
  const workspace = path.join(temporary, "examples");
  cpSync(path.join(repository, "examples"), workspace, {
    recursive: true,
    filter: (file) => !/\.(certificate\.json|factors\.npz)$/.test(file),
  });
  const host = await createServer({ settings: { ...THEMES, "editor.minimap.enabled": false } });
  await host.cli("--install-extension", vsixFile());
  const server = await host.start();
  let browser;
  try {
    const opened = await openBrowser({ width: 1440, height: 940 });
    browser = opened.browser;
    const { page } = opened;
    await page.goto(`${server.url}/?folder=${encodeURIComponent(workspace)}`);
    const step = async (name, act) => {
      const stepStartedMs = Date.now();
      try {
        await act();
      } catch (error) {
        await page.screenshot({ path: path.join(artifacts, "journey-failed.png") }).catch(() => {});
        throw new Error(`✖ ${name}\n${error.message}\ntest-artifacts/journey-failed.png shows the window`);
      }
      steps++;
      const [took, total] = [Date.now() - stepStartedMs, Date.now() - startedMs].map((ms) => (ms / 1000).toFixed(1));
      console.log(`✔ ${name} (${took} s, at ${total} s)`);
    };
    await work({ page, workspace, step });
  } finally {
    await browser?.close().catch(() => {});
    await server.stop();
    rmSync(temporary, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** min ½‖Y − X‖² + λ Σ|x|, which is what the mended config asks for: entries are lowered by λ. */
function softThresholdOptimum(csvFile, lambda) {
  const entries = readFileSync(csvFile, "utf8").trim().split(/[\n,]/).map(Number);
  return entries.reduce((sum, y) => sum + 0.5 * Math.min(y, lambda) ** 2 + lambda * Math.max(y - lambda, 0), 0);
}

async function until(condition, what) {
  for (const endMs = Date.now() + LIMIT_MS; Date.now() < endMs; ) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`timed out: ${what}`);
}
