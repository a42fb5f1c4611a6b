/** Orthonormal bases of the span of a few vectors. */
import { multiplyInto } from "./kernels/multiply.ts";
import { addScaledInto, dot, euclideanLength, scaleInto } from "./vector.ts";

export interface Basis {
  readonly columns: number;
  /** length × columns, row-major, orthonormal. */
  readonly values: Float64Array;
}

/** A vector of which the others leave less than this share lies in their span. */
const DEPENDENT = 1e-10;

/** Of the columns of row-major length × r arrays, the first array's first; the unit matrix where they may span everything. */
export function spanOf(arrays: readonly Float64Array[], length: number, r: number): Basis {
  if (arrays.length * r >= length) return { columns: length, values: unitMatrix(length) };
  const columns: Float64Array[] = [];
  for (const array of arrays) {
    for (let b = 0; b < r; b++) {
      const x = outsideOf(
        columns,
        Float64Array.from({ length }, (_, i) => array[i * r + b]),
      );
      if (x !== undefined) columns.push(x);
    }
  }
  const count = columns.length;
  const values = new Float64Array(length * count);
  for (let j = 0; j < count; j++) for (let i = 0; i < length; i++) values[i * count + j] = columns[j][i];
  return { columns: count, values };
}

/** S C for the columns C (columns of S × r) of coordinates. */
export function liftedBy({ columns, values }: Basis, coordinates: Float64Array, r: number): Float64Array {
  const length = values.length / columns;
  const out = new Float64Array(length * r);
  multiplyInto(out, values, coordinates, { m: length, n: r, k: columns });
  return out;
}

/** The unit vector of what the orthonormal columns leave of x; undefined where that is rounding. Gram-Schmidt, twice. */
function outsideOf(columns: readonly Float64Array[], given: Float64Array): Float64Array | undefined {
  const x = given.slice();
  for (let pass = 0; pass < 2; pass++) {
    const size = euclideanLength(x);
    if (!(size > 0 && size < Number.POSITIVE_INFINITY)) return undefined;
    scaleInto(x, 1 / size);
    for (const column of columns) addScaledInto(x, -dot(column, x), column);
    if (pass === 0 && !(euclideanLength(x) > DEPENDENT)) return undefined;
  }
  scaleInto(x, 1 / euclideanLength(x));
  return x;
}

function unitMatrix(n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) out[i * n + i] = 1;
  return out;
}
