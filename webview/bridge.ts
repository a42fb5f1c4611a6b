/** The one door to the host: posts, receives, and keeps view state through VS Code's `setState`. */
import type { HostToPanel, PanelToHost } from "../extension/protocol/panel.ts";
import { readHostMessage } from "./inbound.ts";
import type { SavedState } from "./view-state.ts";
import { readSavedState } from "./view-state.ts";

interface VsCodeApi {
  postMessage(message: PanelToHost): void;
  getState(): unknown;
  setState(state: SavedState): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

export interface Bridge {
  post(message: PanelToHost): void;
  saved(): SavedState;
  save(state: SavedState): void;
  listen(receive: (message: HostToPanel) => void): void;
}

export function connectBridge(): Bridge {
  const api = acquireVsCodeApi();
  return {
    post: (message) => api.postMessage(message),
    saved: () => readSavedState(api.getState()),
    save: (state) => api.setState(state),
    listen: (receive) => {
      window.addEventListener("message", (event: MessageEvent<unknown>) => {
        const message = readHostMessage(event.data);
        if (message !== undefined) receive(message);
      });
    },
  };
}
