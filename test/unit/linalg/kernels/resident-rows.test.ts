/** Rows that stay with the kernels: what is projected out, compiled and plain alike. */
import { describe, expect, it } from "vitest";
import { residentRows, residentSymmetric } from "../../../../engine/src/linalg/kernels/resident-matrix.ts";
import { normalStream } from "../../../../engine/src/linalg/random.ts";
import { dot } from "../../../../engine/src/linalg/vector.ts";

const WIDTHS = [1, 2, 7, 64, 301];

describe("residentRows", () => {
  it("project out the same compiled and plain, bit for bit, and every row but for rounding", () => {
    for (const n of WIDTHS) {
      const normal = normalStream(n);
      const most = Math.min(n, 9);
      const both = (["compiled", "plain"] as const).map((arithmetic) => residentRows(most, n, arithmetic));
      const rows: Float64Array[] = [];
      for (let k = 0; k < most; k++) {
        const x = Float64Array.from({ length: n }, normal);
        const [compiled, plain] = both.map((space) => {
          const own = x.slice();
          space.projectOutInto(own);
          space.projectOutInto(own);
          return own;
        });
        expect(compiled).toEqual(plain);
        for (const row of rows) expect(Math.abs(dot(row, compiled))).toBeLessThan(1e-13);
        const length = Math.sqrt(dot(compiled, compiled));
        const row = compiled.map((entry) => entry / length);
        rows.push(row);
        for (const space of both) space.add(row);
      }
    }
  });

  it("leave a vector as it is where there are none yet", () => {
    const x = Float64Array.of(1, -2, 3);
    residentRows(2, 3).projectOutInto(x);
    expect(x).toEqual(Float64Array.of(1, -2, 3));
  });

  it("find nothing of what stood in a memory before", () => {
    for (const n of WIDTHS) {
      const before = residentSymmetric(new Float64Array((n + 3) ** 2).fill(Number.NaN), n + 3);
      before.release();
      const normal = normalStream(n);
      const row = Float64Array.from({ length: n }, normal);
      const x = Float64Array.from({ length: n }, normal);
      const [lent, plain] = (["compiled", "plain"] as const).map((arithmetic) => {
        const space = residentRows(3, n, arithmetic);
        space.add(row);
        const own = x.slice();
        space.projectOutInto(own);
        space.release();
        return own;
      });
      expect(lent).toEqual(plain);
    }
  });
});
