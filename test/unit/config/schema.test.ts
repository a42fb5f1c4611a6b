import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { configJsonSchema, keyInfoAt, keyReference, parseConfig, parsePath } from "@optimality-lens/engine";
import { describe, expect, it } from "vitest";

const repository = fileURLToPath(new URL("../../../", import.meta.url));

describe("the schema is the one source", () => {
  it("invariant 8: generated files equal their generator's output", () => {
    expect(() =>
      execFileSync(process.execPath, ["scripts/generate.mjs", "--check"], { cwd: repository, stdio: "pipe" }),
    ).not.toThrow();
  });

  it("says the same in the committed JSON Schema", () => {
    expect(JSON.parse(readFileSync(`${repository}schemas/optimality.schema.json`, "utf8"))).toEqual(configJsonSchema());
  });

  it("describes every key in the JSON Schema, and refuses others", () => {
    const schema = configJsonSchema() as {
      properties: Record<string, { description?: string }>;
      additionalProperties: boolean;
      required: string[];
    };
    expect(schema.additionalProperties).toBe(false);
    expect(schema.required).toEqual(["data", "mapping", "lambda"]);
    for (const [key, property] of Object.entries(schema.properties)) expect(property.description, key).toMatch(/\w/);
  });

  it.each(keyReference().map((key) => [key.path, key] as const))(
    "the example of %s is valid and has the key",
    (path, key) => {
      const missing = ["data: {target: y.csv}", "mapping: {kind: matrix}", "lambda: 1"].filter(
        (line) => !new RegExp(`^${line.slice(0, line.indexOf(":"))}:`, "m").test(key.example),
      );
      const text = `${key.example}\n${missing.join("\n")}\n`;
      const parsed = parseConfig(text, { fileName: "a.yaml" });
      expect(parsed.findings).toEqual([]);
      const first = path.replaceAll("[]", "[0]");
      const range = parsed.locate(first);
      expect(parsed.pathAt(range?.start ?? { line: 99, character: 0 }).startsWith(first.split(/[.[]/)[0] ?? "")).toBe(
        true,
      );
    },
  );

  it("describes what stands at several places once, and what contains itself as well", () => {
    const paths = keyReference().map(({ path }) => path);
    expect(paths).toContain("mapping.layers[].residual");
    expect(paths.filter((path) => path.endsWith(".conv2d.kernel"))).toEqual(["mapping.layers[].conv2d.kernel"]);
    expect(paths.filter((path) => path.endsWith(".sparse"))).toEqual(["regularizer.constraint.sparse"]);
    expect(paths.filter((path) => path.endsWith(".lq"))).toEqual(["regularizer.norm.lq"]);
    expect(paths.filter((path) => path.endsWith(".scale.of"))).toEqual(["regularizer.expression.scale.of"]);
  });

  it("every definition of the JSON Schema that is referred to is there", () => {
    const schema = configJsonSchema() as { definitions: Record<string, unknown> };
    const used = [...JSON.stringify(schema).matchAll(/"\$ref":"#\/definitions\/(\w+)"/g)].map(([, name]) => name);
    expect(new Set(used)).toEqual(new Set(["layer", "norm", "constraint", "expression"]));
    expect(Object.keys(schema.definitions).sort()).toEqual(["constraint", "expression", "layer", "norm"]);
  });

  it("knows about keys by path, and nothing about unknown ones", () => {
    expect(keyInfoAt(parsePath("regularizer.factors[1].norm"))?.values).toMatch(/^one of l1, l2, .* \{l2: a, l1: b\}$/);
    expect(keyInfoAt(parsePath("mapping.layers[2].conv2d.kernel"))?.description).toMatch(
      /height and width of a filter/,
    );
    expect(keyInfoAt(parsePath("mapping.layers[0].residual[1].residual[0].dense.units"))?.values).toMatch(
      /whole number/,
    );
    expect(keyInfoAt(parsePath("regularizer.expression.sum[1].power.of.scale.by"))?.hint).toMatch(/above 0/);
    expect(keyInfoAt(parsePath("constraint[1].kernel"))?.files?.hold).toBe("array");
    expect(keyInfoAt(["nope"])).toBeUndefined();
    expect(keyInfoAt(["lambda", "relative", "more"])).toBeUndefined();
  });
});
