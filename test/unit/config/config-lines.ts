/** Configs from a few lines: what they become, or the one thing that is wrong with them. */
import { type Config, parseConfig } from "@optimality-lens/engine";
import { expect } from "vitest";

const HEADS = {
  matrix: "data: {target: y.csv}\nmapping: matrix\nlambda: 1\n",
  cp: "data: {target: y.npy}\nmapping: cp\nlambda: 1\n",
  network: "data: {target: y.csv, input: v.csv}\nlambda: 1\n",
} as const;

export type Head = keyof typeof HEADS;

export function parseLines(lines: string, head: Head = "matrix") {
  return parseConfig(`${HEADS[head]}${lines}\n`, { fileName: "a.optimality.yaml" });
}

export function configOf(lines: string, head?: Head): Config | undefined {
  const { config, findings } = parseLines(lines, head);
  expect(findings.map(({ message }) => message)).toEqual([]);
  return config;
}

/** `code text | message` of the one finding, `text` what it points at. */
export function complaint(lines: string, head: Head = "matrix"): string {
  const text = `${HEADS[head]}${lines}\n`;
  const { findings, config } = parseLines(lines, head);
  expect(config).toBeUndefined();
  expect(findings.map(({ message }) => message)).toHaveLength(1);
  const [finding] = findings;
  const { start, end } = finding?.range ?? { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
  expect(end.line).toBe(start.line);
  const place = text.split("\n")[start.line]?.slice(start.character, end.character);
  return `${finding?.code} ${place} | ${finding?.message}`;
}
