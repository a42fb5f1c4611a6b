/** Rules about the text of one source file that no import shows; each returns the places that break it. */
import ts from "typescript";

export interface SourceRule {
  readonly name: string;
  /** Which files of the repository it is about, `/` in paths. */
  readonly about: (file: string) => boolean;
  /** Why a node breaks the rule, or undefined. */
  readonly breaks: (node: ts.Node) => string | undefined;
}

const inRooms = (file: string) => /^(engine\/src|extension|webview)\//.test(file);
const inPureEngine = (file: string) => /^engine\/src\/(?!node\/)/.test(file);

/** Globals that read a clock, a random source, the machine, or reach out. */
const IMPURE_MEMBERS = new Set([
  "Date.now",
  "Math.random",
  "performance.now",
  "crypto.getRandomValues",
  "crypto.randomUUID",
]);
const IMPURE_NAMES = new Set([
  ...["performance", "process", "setTimeout", "setInterval", "setImmediate", "queueMicrotask", "console"],
  ...["document", "window", "navigator", "localStorage"],
]);
const REACHING_NAMES = new Set([
  "fetch",
  "XMLHttpRequest",
  "WebSocket",
  "EventSource",
  "eval",
  "Function",
  "importScripts",
]);

export const SOURCE_RULES: readonly SourceRule[] = [
  {
    name: "no default export",
    about: inRooms,
    breaks: (node) => {
      const exported =
        ts.isExportAssignment(node) ||
        (ts.canHaveModifiers(node) &&
          ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) === true);
      return exported ? "default export" : undefined;
    },
  },
  {
    name: "no any",
    about: inRooms,
    breaks: (node) => (node.kind === ts.SyntaxKind.AnyKeyword ? "any" : undefined),
  },
  {
    name: "no non-null assertion",
    about: inRooms,
    breaks: (node) => (ts.isNonNullExpression(node) ? node.getText() : undefined),
  },
  {
    name: "invariant 1: the engine reads no clock or random source that it was not given",
    about: inPureEngine,
    breaks: (node) => {
      if (ts.isPropertyAccessExpression(node) && IMPURE_MEMBERS.has(node.getText())) return node.getText();
      if (ts.isNewExpression(node) && node.expression.getText() === "Date" && !node.arguments?.length)
        return "new Date()";
      return isGlobalUse(node, IMPURE_NAMES);
    },
  },
  {
    name: "invariant 7: no socket, and no text is run as code",
    about: inRooms,
    breaks: (node) => isGlobalUse(node, REACHING_NAMES),
  },
];

/** The name of a global when `node` uses it as a value: not a property, not a declaration, not a type. */
function isGlobalUse(node: ts.Node, names: ReadonlySet<string>): string | undefined {
  if (!ts.isIdentifier(node) || !names.has(node.text)) return undefined;
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) {
    return parent.expression.getText() === "globalThis" ? parent.getText() : undefined;
  }
  const declares =
    (ts.isParameter(parent) || ts.isVariableDeclaration(parent) || ts.isFunctionDeclaration(parent)) &&
    parent.name === node;
  const isPropertyName =
    (ts.isPropertyAssignment(parent) ||
      ts.isPropertySignature(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isMethodSignature(parent) ||
      ts.isPropertyDeclaration(parent) ||
      ts.isBindingElement(parent)) &&
    parent.name === node;
  if (declares || isPropertyName || ts.isTypeReferenceNode(parent) || isShadowed(node)) return undefined;
  return node.text;
}

/** Whether a parameter or variable of that name stands between the use and the file's top. */
function isShadowed(node: ts.Identifier): boolean {
  for (let scope: ts.Node = node.parent; !ts.isSourceFile(scope); scope = scope.parent) {
    let found = false;
    ts.forEachChild(scope, function visit(child: ts.Node): void {
      if (ts.isVariableDeclarationList(child)) ts.forEachChild(child, visit);
      else if (ts.isVariableStatement(child)) visit(child.declarationList);
      else if ((ts.isVariableDeclaration(child) || ts.isParameter(child)) && child.name.getText() === node.text)
        found = true;
    });
    if (found) return true;
  }
  return false;
}

/** `file:line: what`, one per place. */
export function breachesOf(rule: SourceRule, file: string, text: string): readonly string[] {
  if (!rule.about(file)) return [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const why = rule.breaks(node);
    if (why !== undefined) {
      found.push(`${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${why}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
