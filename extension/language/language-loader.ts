/** Loads the language bundle, and with it the engine, when it is first needed. */
import { join } from "node:path";

export type LanguageService = typeof import("./service.ts");

export interface LanguageLoader {
  load(): LanguageService;
  readonly loaded: boolean;
}

export function createLanguageLoader(dist: string): LanguageLoader {
  let service: LanguageService | undefined;
  return {
    load() {
      service ??= require(join(dist, "language.cjs")) as LanguageService;
      return service;
    },
    get loaded() {
      return service !== undefined;
    },
  };
}
