/** The options of `optimality path`: texts → numbers, and what is wrong with them. */
import { InvalidArgumentError } from "commander";
import { pathLambdas } from "../path.ts";
import type { Problem } from "../problem/problem.ts";
import { showNumber } from "./style.ts";

/** A λ as people write it. */
export interface GivenLambda {
  readonly text: string;
  readonly value: number;
  /** `value` counts in λ_max. */
  readonly relative: boolean;
}

export interface PathCommandOptions {
  readonly points?: number;
  readonly to?: GivenLambda;
  readonly lambdas?: readonly GivenLambda[];
  readonly csv?: string;
  readonly json?: true;
  readonly quiet?: true;
}

/** As the file of `--csv`. */
export const STANDARD_OUTPUT = "-";

const MOST_POINTS = 10_000;
const LAMBDA_HINT = "a number above 0, or a part of λ_max as 0.1max";

export function readPoints(text: string): number {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (count >= 2 && count <= MOST_POINTS) return count;
  throw new InvalidArgumentError(`An integer from 2 to ${MOST_POINTS} is needed.`);
}

export function readCsvName(text: string): string {
  if (text === STANDARD_OUTPUT || /^[^-]/.test(text)) return text;
  throw new InvalidArgumentError("Give the name of a file, or - for standard output.");
}

export function readLambda(text: string): GivenLambda {
  const lambda = lambdaOf(text);
  if (lambda === undefined) throw new InvalidArgumentError(`Give ${LAMBDA_HINT}.`);
  return lambda;
}

export function readLambdas(text: string): readonly GivenLambda[] {
  const parts = text.split(",");
  const lambdas = parts.map(lambdaOf);
  const bad = lambdas.indexOf(undefined);
  if (bad >= 0)
    throw new InvalidArgumentError(`'${parts[bad].trim()}' is no λ; separate them by commas, each ${LAMBDA_HINT}.`);
  if (lambdas.length > MOST_POINTS)
    throw new InvalidArgumentError(`These are ${lambdas.length} λ; at most ${MOST_POINTS} are allowed.`);
  return lambdas.filter((lambda) => lambda !== undefined);
}

function lambdaOf(text: string): GivenLambda | undefined {
  const [, digits, unit] = /^\s*(\+?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(max)?\s*$/i.exec(text) ?? [];
  const value = Number(digits);
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) return undefined;
  return { text: text.trim(), value, relative: unit !== undefined };
}

/** The λ of the path, or what is wrong with the options for this problem. */
export function chosenLambdas(
  problem: Problem,
  { points, to, lambdas }: PathCommandOptions,
): { readonly ok: true; readonly lambdas: readonly number[] } | { readonly ok: false; readonly message: string } {
  const { lambdaMax } = problem;
  const absolute = ({ value, relative }: GivenLambda) => (relative ? value * lambdaMax : value);
  const refused = (given: GivenLambda, why: string) => {
    const option = lambdas === undefined ? "--to" : "--lambdas";
    return { ok: false, message: `${option} ${given.text}: ${why}` } as const;
  };
  for (const given of lambdas ?? (to === undefined ? [] : [to])) {
    const value = absolute(given);
    if (lambdaMax === 0 && (given.relative || lambdas === undefined)) {
      return refused(
        given,
        "λ_max is 0, and the zero model optimal for every λ; check data.target, or give λ by --lambdas",
      );
    }
    if (!(value > 0 && value < Number.POSITIVE_INFINITY)) {
      return refused(given, `is ${value}, since λ_max is ${showNumber(lambdaMax)}; give a number above 0 instead`);
    }
  }
  if (lambdas !== undefined) return { ok: true, lambdas: lambdas.map(absolute) };
  const end = to && absolute(to);
  if (to !== undefined && end !== undefined && end >= lambdaMax) {
    return refused(to, `has to be below λ_max = ${showNumber(lambdaMax)}, where the path begins; try 0.01max`);
  }
  return { ok: true, lambdas: pathLambdas(problem, { points, to: end }) };
}
