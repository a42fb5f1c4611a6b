import { readArray } from "@optimality-lens/engine";
import { describe, expect, it } from "vitest";

const bytes = (text: string) => new TextEncoder().encode(text);
const read = (text: string, name = "y.csv") => readArray(bytes(text), name);
const values = (text: string, name = "y.csv") => {
  const result = read(text, name);
  if (!result.ok) throw new Error(result.message);
  return { shape: result.array.shape, data: Array.from(result.array.data) };
};
const nan = Number.NaN;

describe("csv", () => {
  it.each<[string, string, readonly number[], readonly number[]]>([
    ["plain numbers", "1,2.5\n-3e2,+.5\n", [2, 2], [1, 2.5, -300, 0.5]],
    ["no newline at the end", "1,2\n3,4", [2, 2], [1, 2, 3, 4]],
    ["unobserved cells", "1,\nNaN,4\n na ,N/A\n", [3, 2], [1, nan, nan, 4, nan, nan]],
    ["a header of names", "sepal,petal\n1,2\n", [1, 2], [1, 2]],
    ["a header with an empty corner", ",petal\n1,2\n", [1, 2], [1, 2]],
    ["CRLF, quotes and a byte order mark", '\uFEFF"a","b"\r\n"1"," 2 "\r\n', [1, 2], [1, 2]],
    ["blank lines between rows", "1,2\n\n3,4\n\n\n", [2, 2], [1, 2, 3, 4]],
    ["blank lines in a single column are entries, those at the end are not", "1\n\n3\n\n", [3, 1], [1, nan, 3]],
    ["semicolons", "1;2\n3;4\n", [2, 2], [1, 2, 3, 4]],
    ["one number", "7", [1, 1], [7]],
  ])("reads %s", (_name, text, shape, data) => {
    expect(values(text)).toEqual({ shape, data });
  });

  it("reads tsv, where a comma is no separator", () => {
    expect(values("1\t2\n3\t\n", "y.tsv")).toEqual({ shape: [2, 2], data: [1, 2, 3, nan] });
    expect(read("1,5\t2\n", "y.tsv")).toMatchObject({
      ok: false,
      message: expect.stringContaining('line 1, column 1: "1,5" is not a number'),
    });
  });

  it("reads UTF-16 with a byte order mark, both ways round", () => {
    const units = Array.from("\uFEFF1,2\n3,4\n", (character) => character.charCodeAt(0));
    const little = Uint8Array.from(units.flatMap((unit) => [unit & 255, unit >> 8]));
    const big = Uint8Array.from(units.flatMap((unit) => [unit >> 8, unit & 255]));
    for (const text of [little, big])
      expect(readArray(text, "y.csv")).toMatchObject({ ok: true, array: { shape: [2, 2] } });
  });

  it("keeps all digits", () => {
    expect(values("0.1,1e-320,123456789012345\n").data).toEqual([0.1, 1e-320, 123456789012345]);
  });

  it.each([
    [
      "text in a number cell",
      "1,2\n3,abc\n",
      'y.csv: line 2, column 2: "abc" is not a number; write a number, or leave the cell empty if it is unobserved',
    ],
    [
      "a partly named first row",
      "name,2020\nx,1\n",
      'y.csv: line 1, column 1: "name" is not a number; write a number, or leave the cell empty if it is unobserved',
    ],
    ["a short line", "1,2,3\n4,5\n", "y.csv: line 2: 2 cells, but the lines before have 3; every line needs as many"],
    ["a long line", "1\n4,5\n", "y.csv: line 2: 2 cells, but the lines before have 1; every line needs as many"],
    [
      "a header of another length",
      "a,b,c\n1,2\n",
      "y.csv: line 2: 2 cells, but the header has 3; every line needs as many",
    ],
    [
      "an infinity",
      "1,-Infinity\n",
      'y.csv: line 1, column 2: "-Infinity" is not finite; leave the cell empty if it is unobserved',
    ],
    ["an overflow", "1e999\n", 'y.csv: line 1, column 1: "1e999" is beyond the range of float64; scale the data'],
    ["hexadecimal", "0x10\n1\n", "y.csv: line 2"],
    ["a header only", "a,b\n", "y.csv: has a header but no numbers below it"],
    ["blank lines only", "\n\n", "y.csv: is empty; it needs one line of numbers per row"],
    ["nothing", "", "y.csv: is empty; it needs an array of numbers"],
    [
      "an open quote",
      '1,2\n"3,4\n',
      "y.csv: line 2: a quote is not closed or followed by text; check the quotes from here",
    ],
    ["binary data", "1\u0000,2\n", "y.csv: holds binary data, not text; save it as csv in UTF-8"],
  ])("refuses %s", (name, text, message) => {
    if (name === "hexadecimal") {
      // It looks like a name, so it is a header; in a data row it is refused.
      expect(read("1\n0x10\n")).toEqual({
        ok: false,
        message:
          'y.csv: line 2, column 1: "0x10" is not a number; write a number, or leave the cell empty if it is unobserved',
      });
      return;
    }
    expect(read(text)).toEqual({ ok: false, message });
  });

  it("refuses a line that would not fit into memory, before it is split", () => {
    expect(read(",".repeat(1_000_000))).toEqual({
      ok: false,
      message: "y.csv: a line has more than 1,000,000 cells; save it as .npy",
    });
  });

  it("counts lines through quoted newlines", () => {
    expect(read('"1\n",2\n3,x\n')).toMatchObject({ message: expect.stringContaining("line 3, column 2") });
  });
});
