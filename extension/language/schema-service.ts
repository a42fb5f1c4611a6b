/** Other extensions that know configs by the JSON Schema of our manifest: where one is at work, ours leaves the keys to it. */

/** VS Code's own service of JSON, and Red Hat's of YAML. */
const SERVICES = { json: "vscode.json-language-features", yaml: "redhat.vscode-yaml" } as const;

/** Whether keys, values and their hovers of the config at `path` come from another extension. */
export function isServedElsewhere(path: string, isActive: (extension: string) => boolean): boolean {
  return isActive(path.endsWith(".json") ? SERVICES.json : SERVICES.yaml);
}
