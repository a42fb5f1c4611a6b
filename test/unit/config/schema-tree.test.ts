import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  alternativesOf,
  childrenOf,
  constantsOf,
  itemsOf,
  openMappings,
  type Schema,
} from "../../../engine/src/config/schema-tree.ts";
import { readYaml } from "../../../engine/src/config/yaml-source.ts";

const keysOf = (schema: Schema) => childrenOf(schema).map(({ key }) => key);
const nodeOf = (text: string) => readYaml(text).root;

describe("the schema as a tree", () => {
  it.each([
    ["optional", z.strictObject({ a: z.number() }).optional()],
    ["nullable", z.strictObject({ a: z.number() }).nullable()],
    ["with a default", z.strictObject({ a: z.number() }).default({ a: 1 })],
    ["transformed", z.strictObject({ a: z.number() }).transform(({ a }) => a)],
    ["preprocessed", z.preprocess((value) => value, z.strictObject({ a: z.number() }))],
    ["lazy", z.lazy(() => z.strictObject({ a: z.number() }))],
    ["refined", z.strictObject({ a: z.number() }).refine(({ a }) => a > 0)],
    ["a union", z.union([z.number(), z.strictObject({ a: z.number() })])],
    ["a record", z.partialRecord(z.enum(["a"]), z.number())],
  ])("has the keys of a mapping that is %s", (_, schema) => {
    expect(keysOf(schema)).toEqual(["a"]);
  });

  it("knows which keys have to be written", () => {
    const schema = z.strictObject({ a: z.number(), b: z.number().optional(), c: z.number().default(1) });
    expect(childrenOf(schema).map(({ required }) => required)).toEqual([true, false, false]);
    expect(childrenOf(z.partialRecord(z.enum(["a"]), z.number()))[0]?.required).toBe(false);
  });

  it("has the items of lists and the places of tuples", () => {
    const [text, number] = [z.string(), z.number()];
    expect(itemsOf(z.array(text).optional())).toEqual([text]);
    expect(itemsOf(z.tuple([text, number]), 1)).toEqual([number]);
    expect(itemsOf(z.tuple([text]).rest(number), 5)).toEqual([number]);
    expect(itemsOf(z.tuple([text]), 1)).toEqual([]);
    expect(itemsOf(z.union([z.array(text), number]))).toEqual([text]);
  });

  it("lists the constants of all alternatives", () => {
    const schema = z.union([z.enum(["a", "b"]), z.literal(["c", 1]), z.boolean(), z.string()]).optional();
    expect(alternativesOf(schema).flatMap(constantsOf)).toEqual(["a", "b", "c", 1, true, false]);
  });

  it("follows a schema that contains itself", () => {
    const layer: z.ZodType = z.union([z.enum(["relu"]), z.strictObject({ residual: z.lazy(() => z.array(layer)) })]);
    expect(keysOf(childrenOf(layer).flatMap(({ schema }) => itemsOf(schema))[0] ?? z.never())).toEqual(["residual"]);
  });
});

describe("a mapping that is being written", () => {
  const matrix = z.strictObject({ kind: z.enum(["matrix"]), rank: z.number().optional() });
  const network = z.strictObject({ kind: z.enum(["network"]), layers: z.array(z.string()) });
  const mapping = z.discriminatedUnion("kind", [matrix, network]);

  it("leaves open what fits what is there", () => {
    expect(openMappings([mapping], nodeOf("kind: network"))).toEqual([network]);
    expect(openMappings([mapping], nodeOf("rank: 1"))).toEqual([matrix]);
    expect(openMappings([mapping], nodeOf("kind:"))).toEqual([matrix, network]);
    expect(openMappings([mapping], undefined)).toEqual([matrix, network]);
  });

  it("does not judge the key under the cursor, and gives up on what fits nothing", () => {
    expect(openMappings([mapping], nodeOf("kind: network"), "kind")).toEqual([matrix, network]);
    expect(openMappings([mapping], nodeOf("nonsense: 1"))).toEqual([matrix, network]);
  });
});
