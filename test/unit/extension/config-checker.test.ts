import type { Finding } from "@optimality-lens/engine";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ConfigChecker } from "../../../extension/language/config-checker.ts";
import { findingOf, recordingLog } from "./samples.ts";

const uri = "file:///ws/a.optimality.yaml";

function setUp() {
  const document: { version: number; open: boolean } = { version: 1, open: true };
  const checked: string[] = [];
  const published: number[] = [];
  let answers: ((findings: readonly Finding[]) => void)[] = [];
  let slow = false;
  const log = recordingLog();
  const checker = new ConfigChecker({
    check: (_path, text) => {
      checked.push(text);
      if (text === "text 13") return Promise.reject(new Error("boom"));
      return slow ? new Promise((resolve) => answers.push(resolve)) : Promise.resolve([findingOf("unknown-key")]);
    },
    publish: (text) => void published.push(text.version),
    current: (of) =>
      document.open
        ? { uri: of, path: "/ws/a", version: document.version, text: `text ${document.version}` }
        : undefined,
    log,
  });
  return {
    checker,
    document,
    checked,
    published,
    log,
    slowDown: () => {
      slow = true;
    },
    answer: async () => {
      const waiting = answers;
      answers = [];
      for (const resolve of waiting) resolve([]);
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}

describe("config checker", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("checks a burst of typing once, with the last text", async () => {
    const { checker, document, checked, published } = setUp();
    for (let version = 1; version <= 10; version++) {
      document.version = version;
      checker.schedule(uri, 150);
      await vi.advanceTimersByTimeAsync(100);
    }
    await vi.advanceTimersByTimeAsync(200);
    expect(checked).toEqual(["text 10"]);
    expect(published).toEqual([10]);
    expect(checker.idle).toBe(true);
  });

  it("drops an answer that a newer text has overtaken, and checks the newer one", async () => {
    const { checker, document, checked, published, slowDown, answer } = setUp();
    slowDown();
    checker.schedule(uri, 0);
    await vi.advanceTimersByTimeAsync(0);
    document.version = 2;
    checker.schedule(uri, 150);
    await vi.advanceTimersByTimeAsync(150);
    expect(checked).toEqual(["text 1"]);
    await answer();
    expect(published).toEqual([]);
    await answer();
    expect(published).toEqual([2]);
    expect(checked).toEqual(["text 1", "text 2"]);
  });

  it("publishes nothing for a config that was closed meanwhile", async () => {
    const { checker, document, published, slowDown, answer } = setUp();
    slowDown();
    checker.schedule(uri, 0);
    await vi.advanceTimersByTimeAsync(0);
    document.open = false;
    checker.forget(uri);
    await answer();
    expect(published).toEqual([]);
    expect(checker.idle).toBe(true);
  });

  it("survives a check that throws", async () => {
    const { checker, document, published, log } = setUp();
    document.version = 13;
    checker.schedule(uri, 0);
    await vi.advanceTimersByTimeAsync(0);
    expect(log.lines.join()).toContain("boom");
    document.version = 14;
    checker.schedule(uri, 0);
    await vi.advanceTimersByTimeAsync(0);
    expect(published).toEqual([14]);
  });

  it("leaves no timer after dispose and publishes nothing any more", async () => {
    const { checker, published, slowDown, answer } = setUp();
    slowDown();
    checker.schedule(uri, 0);
    await vi.advanceTimersByTimeAsync(0);
    checker.schedule("file:///other", 150);
    checker.dispose();
    expect(vi.getTimerCount()).toBe(0);
    await answer();
    expect(published).toEqual([]);
  });
});
