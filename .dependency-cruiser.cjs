// The import rules of docs/architecture.md. `test/architecture/imports.test.ts` holds the code to them and shows, for
// each rule, that a violation is found.

const VSCODE = "^vscode$|(^|/)node_modules/@types/vscode/";
const OUTSIDE = "^(node:)?(http|https|http2|net|tls|dgram|dns|dns/promises|child_process|cluster|inspector|vm|repl)$";

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "no-cycle",
      comment: "A cycle of values has no order to be read or loaded in. (Types may refer to one another.)",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "engine-stands-alone",
      comment: "The engine is a package of its own: one way down, no way up.",
      severity: "error",
      from: { path: "^engine/" },
      to: { path: "^(extension|webview|test|scripts)/" },
    },
    {
      name: "engine-declares-its-packages",
      comment: "What the engine imports is a dependency in engine/package.json, not a tool of the root.",
      severity: "error",
      from: { path: "^engine/src/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"] },
    },
    {
      name: "engine-does-no-io",
      comment: "Files, clocks and processes are for engine/src/node; the rest runs anywhere.",
      severity: "error",
      from: { path: "^engine/src/(?!node/)" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "engine-node-is-the-edge",
      comment: "engine/src/node uses the engine, never the other way round.",
      severity: "error",
      from: { path: "^engine/src/(?!node/)" },
      to: { path: "^engine/src/node/" },
    },
    {
      name: "the-judge-takes-no-code-from-the-accused",
      comment: "certify/ must not share code with what it judges.",
      severity: "error",
      from: { path: "^engine/src/certify/" },
      to: { path: "^engine/src/(descent|tensor)/" },
    },
    {
      name: "engine-by-its-public-surface",
      comment: "Other rooms use @optimality-lens/engine or …/node, never a file inside.",
      severity: "error",
      from: { path: "^(extension|webview)/" },
      to: { path: "^engine/", pathNot: "^engine/(src|dist)/(index|node/load)\\.(ts|d\\.ts|js)$" },
    },
    {
      name: "engine-values-where-they-run",
      comment: "Activation must be light: only worker/ and language/, which are loaded late, hold engine code.",
      severity: "error",
      from: { path: "^(webview/|extension/(?!worker/|language/))" },
      to: { path: "^engine/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "webview-knows-the-protocol-only",
      comment: "The panel is a view: it speaks to the host in messages.",
      severity: "error",
      from: { path: "^webview/" },
      to: { path: "^extension/(?!protocol/)" },
    },
    {
      name: "host-does-not-import-the-webview",
      comment: "The panel's files are loaded by their address.",
      severity: "error",
      from: { path: "^extension/" },
      to: { path: "^webview/" },
    },
    {
      name: "vscode-in-the-host-only",
      comment: "worker/ and protocol/ run outside the extension host as well.",
      severity: "error",
      from: { path: "^(engine|webview|extension/(worker|protocol))/" },
      to: { path: VSCODE },
    },
    {
      name: "no-node-in-the-browser",
      comment: "webview/ and protocol/ run in a browser.",
      severity: "error",
      from: { path: "^(webview|extension/protocol)/" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "no-socket-no-child-process",
      comment: "Nothing is sent anywhere and nothing of the workspace is run.",
      severity: "error",
      from: { path: "^(engine|extension|webview)/" },
      to: { path: OUTSIDE },
    },
    {
      name: "sources-do-not-import-tests",
      comment: "Tests and scripts are not shipped.",
      severity: "error",
      from: { path: "^(extension|webview)/" },
      to: { path: "^(test|scripts)/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(engine/dist|engine/src/linalg/kernels/assembly|dist|\\.build)/" },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
  },
};
