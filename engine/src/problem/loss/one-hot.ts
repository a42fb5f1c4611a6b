/** Class indices, one a sample, as one column per class: 1 in the column of its class, 0 in the others, NaN where hidden. */
import type { NumericArray } from "../../data/array.ts";
import { MAX_ENTRIES } from "../../data/limits.ts";
import type { Expansion } from "./loss.ts";

/** `y`: N or N × 1 class indices counted from 0, or N × C one-hot rows already. */
export function oneHot(y: NumericArray): Expansion {
  const { shape } = y;
  if (shape.length > 2) {
    return refuse(0, `the target has ${shape.length} axes; give one class per sample, or one row per sample`);
  }
  return shape.length === 2 && shape[1] > 1 ? checked(y, shape[1]) : expanded(y);
}

function expanded({ data }: NumericArray): Expansion {
  const samples = data.length;
  let classes = 0;
  let last = 0;
  for (let i = 0; i < samples; i++) {
    const c = data[i];
    if (Number.isNaN(c)) continue;
    if (!(Number.isInteger(c) && c >= 0)) {
      return refuse(i, `row ${i + 1} is ${c}; a class is a whole number, counted from 0`);
    }
    if (c >= classes) [classes, last] = [c + 1, i];
  }
  if (classes < 2) {
    const found = classes === 0 ? "no sample has a class" : "every sample has class 0";
    return refuse(0, `${found}; cross-entropy needs at least two classes, counted from 0`);
  }
  if (samples * classes > MAX_ENTRIES) {
    return refuse(
      last,
      `row ${last + 1} has class ${data[last]}, which makes ${samples} × ${classes} numbers; at most ${MAX_ENTRIES} fit: number the classes from 0 without gaps`,
    );
  }
  const array = new Float64Array(samples * classes);
  for (let i = 0; i < samples; i++) {
    if (Number.isNaN(data[i])) array.fill(Number.NaN, i * classes, (i + 1) * classes);
    else array[i * classes + data[i]] = 1;
  }
  return { ok: true, array: { shape: [samples, classes], data: array } };
}

function checked(y: NumericArray, classes: number): Expansion {
  const { data } = y;
  for (let start = 0; start < data.length; start += classes) {
    const row = data.subarray(start, start + classes);
    const place = `row ${start / classes + 1}`;
    const hidden = row.findIndex(Number.isNaN);
    if (hidden >= 0 && row.every(Number.isNaN)) continue;
    if (hidden >= 0) {
      return refuse(
        start + hidden,
        `${place} has an empty cell in column ${hidden + 1}; fill it, or empty the whole row`,
      );
    }
    const bad = row.findIndex((entry) => entry !== 0 && entry !== 1);
    if (bad >= 0) {
      return refuse(
        start + bad,
        `${place}, column ${bad + 1} is ${row[bad]}; one-hot rows hold one 1, and 0 elsewhere`,
      );
    }
    const ones = row.reduce((sum, entry) => sum + entry, 0);
    if (ones !== 1) {
      return refuse(
        start,
        `${place} has ${ones === 0 ? "no 1" : `${ones} ones`}; one-hot rows hold one 1, and 0 elsewhere`,
      );
    }
  }
  return { ok: true, array: y };
}

function refuse(index: number, message: string): Expansion {
  return { ok: false, message, index };
}
