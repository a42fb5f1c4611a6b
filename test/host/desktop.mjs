// Finding a desktop VS Code.
import { existsSync, realpathSync } from "node:fs";
import path from "node:path";
import { onPath } from "./system.mjs";

/** The shell command `code`, or undefined. */
export function codeCommand() {
  return onPath("code");
}

/** `code` on PATH is a wrapper around the program: tests need the program itself. */
export function desktopProgram() {
  const command = codeCommand();
  if (command === undefined) return undefined;
  const bin = path.dirname(realpathSync(command));
  const candidates = [
    path.resolve(bin, "../code"), // Linux: <install>/bin/code → <install>/code
    path.resolve(bin, "../../../MacOS/Electron"), // macOS: Contents/Resources/app/bin/code → Contents/MacOS/Electron
    path.resolve(bin, "../Code.exe"), // Windows
  ];
  return candidates.find((file) => existsSync(file));
}
