/** The panel's page: one script, one style sheet, nothing else may load or run. */
import { randomBytes } from "node:crypto";

export interface PageOptions {
  /** The webview's own source, for `localResourceRoots`. */
  readonly cspSource: string;
  readonly scriptUri: string;
  readonly styleUri: string;
  readonly nonce: string;
}

export function createNonce(): string {
  return randomBytes(24).toString("base64url");
}

export function panelPage({ cspSource, scriptUri, styleUri, nonce }: PageOptions): string {
  const policy = `default-src 'none'; script-src 'nonce-${nonce}' ${cspSource}; style-src ${cspSource}`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${styleUri}">
<title>Optimality Lens: certificate</title>
</head>
<body>
<div id="app"></div>
<script nonce="${nonce}" src="${scriptUri}" defer></script>
</body>
</html>
`;
}
