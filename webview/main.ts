/** Entry of the certificate panel's bundle: `dist/webview.js`, loaded by a page with `<div id="app">`. */
import { connectBridge } from "./bridge.ts";
import { startPanel } from "./certificate/panel.ts";

const root = document.getElementById("app");
if (root !== null) startPanel(root, connectBridge());
