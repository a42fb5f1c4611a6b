/** The import rules of `.dependency-cruiser.cjs`: the code keeps them, and each of them is able to fail. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { cruiseTree, reachableValues, repository, ruleNames, violationsOf } from "./cruise.ts";

type Tree = Readonly<Record<string, string>>;

const ENGINE: Tree = {
  "engine/package.json": '{ "name": "@optimality-lens/engine", "dependencies": {} }',
  "engine/src/index.ts": "export const engine = 1;",
};

/** The smallest tree that breaks each rule. */
const BROKEN: Readonly<Record<string, Tree>> = {
  "no-cycle": {
    "engine/src/a.ts": 'import { b } from "./b.ts"; export const a = () => b;',
    "engine/src/b.ts": 'import { a } from "./a.ts"; export const b = () => a;',
  },
  "engine-stands-alone": {
    "engine/src/a.ts": 'import { log } from "../../extension/log.ts"; export const a = log;',
    "extension/log.ts": "export const log = 1;",
  },
  "engine-declares-its-packages": {
    "engine/src/a.ts": 'import { left } from "left-pad"; export const a = left;',
    "node_modules/left-pad/package.json": '{ "name": "left-pad", "version": "1.0.0", "main": "index.js" }',
    "node_modules/left-pad/index.js": "exports.left = 1;",
  },
  "engine-does-no-io": { "engine/src/a.ts": 'import { readFile } from "node:fs"; export const a = readFile;' },
  "engine-node-is-the-edge": {
    "engine/src/a.ts": 'import { load } from "./node/load.ts"; export const a = load;',
    "engine/src/node/load.ts": "export const load = 1;",
  },
  "the-judge-takes-no-code-from-the-accused": {
    "engine/src/certify/dual.ts": 'import { step } from "../descent/step.ts"; export const dual = step;',
    "engine/src/descent/step.ts": "export const step = 1;",
  },
  "engine-by-its-public-surface": {
    "extension/worker/a.ts": 'import { inner } from "../../engine/src/inner.ts"; export const a = inner;',
    "engine/src/inner.ts": "export const inner = 1;",
  },
  "engine-values-where-they-run": {
    ...ENGINE,
    "extension/main.ts": 'import { engine } from "@optimality-lens/engine"; export const a = engine;',
  },
  "webview-knows-the-protocol-only": {
    "webview/main.ts": 'import { log } from "../extension/log.ts"; export const a = log;',
    "extension/log.ts": "export const log = 1;",
  },
  "host-does-not-import-the-webview": {
    "extension/main.ts": 'import { chart } from "../webview/chart.ts"; export const a = chart;',
    "webview/chart.ts": "export const chart = 1;",
  },
  "vscode-in-the-host-only": {
    "extension/worker/a.ts": 'import * as vscode from "vscode"; export const a = vscode.version;',
  },
  "no-node-in-the-browser": {
    "extension/protocol/a.ts": 'import { join } from "node:path"; export const a = join;',
  },
  "no-socket-no-child-process": {
    "extension/a.ts": 'import { spawn } from "node:child_process"; export const a = spawn;',
  },
  "sources-do-not-import-tests": {
    "extension/a.ts": 'import { b } from "../test/b.ts"; export const a = b;',
    "test/b.ts": "export const b = 1;",
  },
};

const temporary: string[] = [];

function plant(tree: Tree): string {
  const root = mkdtempSync(path.join(tmpdir(), "architecture-"));
  temporary.push(root);
  for (const [file, text] of Object.entries({ "package.json": '{ "name": "planted" }', ...tree })) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  return root;
}

function roomsOf(tree: Tree): readonly string[] {
  const rooms = ["engine", "extension", "webview"];
  return rooms.filter((room) => Object.keys(tree).some((file) => file.startsWith(`${room}/`)));
}

afterAll(() => {
  for (const root of temporary) rmSync(root, { recursive: true, force: true });
});

describe("imports", () => {
  const real = cruiseTree(repository, ["engine/src", "extension", "webview"]);

  it("keep every rule (invariant 1: no IO in the engine; invariant 7: no socket, no child process)", async () => {
    const result = await real;
    expect(result.modules.length).toBeGreaterThan(20);
    expect(violationsOf(result)).toEqual([]);
  });

  it("are all found: no import of ours points nowhere", async () => {
    const lost = (await real).modules.flatMap(({ source, dependencies }) =>
      dependencies
        .filter(
          ({ couldNotResolve, module }) => couldNotResolve && (module.startsWith(".") || module.startsWith("@optim")),
        )
        .map(({ module }) => `${source} → ${module}`),
    );
    expect(lost).toEqual([]);
  });

  it("invariant 2: the judge takes no code from the accused, not through a third file either", async () => {
    const loaded = [...reachableValues(await real, /^engine\/src\/certify\//)];
    expect(loaded).toContain("engine/src/certify/verify.ts");
    expect(loaded.filter((file) => /^engine\/src\/(descent|tensor)\//.test(file))).toEqual([]);
  });

  it("invariant 2 is able to fail", async () => {
    const tree = {
      "engine/src/certify/dual.ts": 'import { third } from "../third.ts"; export const dual = third;',
      "engine/src/third.ts": 'import { step } from "./descent/step.ts"; export const third = step;',
      "engine/src/descent/step.ts": "export const step = 1;",
    };
    const result = await cruiseTree(plant(tree), ["engine"]);
    expect([...reachableValues(result, /^engine\/src\/certify\//)]).toContain("engine/src/descent/step.ts");
  });

  it("have a broken example for every rule", () => {
    expect(Object.keys(BROKEN).sort()).toEqual([...ruleNames].sort());
  });

  for (const [rule, tree] of Object.entries(BROKEN)) {
    it(`${rule} is able to fail`, async () => {
      const result = await cruiseTree(plant(tree), roomsOf(tree));
      expect(result.summary.violations.map((violation) => violation.rule.name)).toContain(rule);
    });
  }

  it("of types only are allowed where values are not", async () => {
    const tree = {
      ...ENGINE,
      "webview/main.ts": 'import type { engine } from "@optimality-lens/engine"; export type A = typeof engine;',
    };
    expect(violationsOf(await cruiseTree(plant(tree), roomsOf(tree)))).toEqual([]);
  });
});
