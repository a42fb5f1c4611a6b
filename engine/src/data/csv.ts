/** Comma- and tab-separated text → array. Empty cells, NaN, NA are unobserved; a first row of names only is skipped. */
import Papa from "papaparse";
import type { NumericArray } from "./array.ts";
import { failure, MAX_ENTRIES, MAX_TEXT_BYTES, type ReadResult, showBytes } from "./limits.ts";

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
/** A line is held as one list of strings, so its length is bounded before it is split. */
const MAX_COLUMNS = 1_000_000;
const UNOBSERVED = new Set(["", "nan", "na", "n/a", "null"]);
const INFINITE = /^[+-]?inf(inity)?$/i;

/** `delimiter` absent: a comma, or what separates the first line when it has no comma. */
export function readCsv(bytes: Uint8Array, name: string, delimiter?: string): ReadResult<NumericArray> {
  if (bytes.length > MAX_TEXT_BYTES) {
    return failure(
      `${name}: ${showBytes(bytes.length)} of text; at most ${showBytes(MAX_TEXT_BYTES)} are read, so save it as .npy`,
    );
  }
  if (mostSeparators(bytes) >= MAX_COLUMNS) {
    return failure(`${name}: a line has more than ${MAX_COLUMNS.toLocaleString("en-US")} cells; save it as .npy`);
  }
  const text = decode(bytes);
  if (text.includes("\0")) return failure(`${name}: holds binary data, not text; save it as csv in UTF-8`);
  const reader = createRowReader(name);
  Papa.parse<string[]>(text, {
    delimiter: delimiter ?? guessDelimiter(text),
    skipEmptyLines: false,
    step: (row, parser) => {
      if (!reader.add(row.data, row.errors)) parser.abort();
    },
  });
  return reader.finish();
}

/** UTF-8, or UTF-16 with a byte order mark (what spreadsheets call Unicode text). */
function decode(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    const swapped = bytes.slice(0, bytes.length - (bytes.length % 2));
    for (let i = 0; i + 1 < swapped.length; i += 2) swapped.set([swapped[i + 1] ?? 0, swapped[i] ?? 0], i);
    return new TextDecoder("utf-16le").decode(swapped);
  }
  return new TextDecoder("utf-8").decode(bytes);
}

/** Upper bound on the separators of a line, from the bytes alone. */
function mostSeparators(bytes: Uint8Array): number {
  let most = 0;
  let count = 0;
  for (const byte of bytes) {
    if (byte === 10 || byte === 13) count = 0;
    else if (byte === 44 || byte === 59 || byte === 9) {
      count++;
      if (count > most) most = count;
    }
  }
  return most;
}

function guessDelimiter(text: string): string {
  const firstLine = /^[\r\n]*([^\r\n]*)/.exec(text)?.[1] ?? "";
  if (firstLine.includes(",")) return ",";
  return [";", "\t"].find((candidate) => firstLine.includes(candidate)) ?? ",";
}

interface RowReader {
  /** False once nothing more needs to be read. */
  add(cells: readonly string[], errors: readonly Papa.ParseError[]): boolean;
  finish(): ReadResult<NumericArray>;
}

function createRowReader(name: string): RowReader {
  let values = new Float64Array(1024);
  let count = 0;
  let rows = 0;
  let columns = -1;
  let line = 0;
  /** Blank lines are entries only inside a single column, so they wait for what follows. */
  let blanks = 0;
  let problem: string | undefined;
  let header: readonly string[] | undefined;

  const push = (value: number): void => {
    if (count === values.length) {
      const grown = new Float64Array(Math.min(2 * values.length, MAX_ENTRIES));
      grown.set(values);
      values = grown;
    }
    values[count++] = value;
  };
  const stop = (message: string): false => {
    problem = `${name}: ${message}`;
    return false;
  };

  return {
    add(cells, errors) {
      line++;
      const at = line;
      // A quoted cell may span lines; later lines are counted from its end.
      for (const cell of cells) for (const character of cell) if (character === "\n") line++;
      const broken = errors.find((error) => error.type === "Quotes");
      if (broken !== undefined)
        return stop(`line ${at}: a quote is not closed or followed by text; check the quotes from here`);
      if (cells.every((cell) => cell.trim() === "") && cells.length === 1) {
        blanks++;
        return true;
      }
      if (columns < 0 && header === undefined && isHeader(cells)) {
        header = cells;
        blanks = 0;
        return true;
      }
      if (columns < 0) {
        if (header !== undefined && header.length !== cells.length) {
          return stop(
            `line ${at}: ${countCells(cells.length)}, but the header has ${header.length}; every line needs as many`,
          );
        }
        columns = cells.length;
        if (columns > 1) blanks = 0;
      }
      for (; blanks > 0; blanks--) {
        if (columns !== 1) continue;
        push(Number.NaN);
        rows++;
      }
      if (cells.length !== columns) {
        return stop(
          `line ${at}: ${countCells(cells.length)}, but the lines before have ${columns}; every line needs as many`,
        );
      }
      if (count + columns > MAX_ENTRIES) {
        return stop(`line ${at}: more than ${MAX_ENTRIES.toLocaleString("en-US")} entries; no more are read`);
      }
      for (const [j, cell] of cells.entries()) {
        const value = readCell(cell);
        if (typeof value === "string") return stop(`line ${at}, column ${j + 1}: ${value}`);
        push(value);
      }
      rows++;
      return true;
    },
    finish() {
      if (problem !== undefined) return failure(problem);
      if (rows === 0)
        return failure(
          header === undefined
            ? `${name}: is empty; it needs one line of numbers per row`
            : `${name}: has a header but no numbers below it`,
        );
      return { ok: true, array: { shape: [rows, columns], data: values.slice(0, count) } };
    },
  };
}

/** A number, NaN for an unobserved entry, or what is wrong. */
function readCell(cell: string): number | string {
  const text = cell.trim();
  if (NUMBER.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : `${quote(text)} is beyond the range of float64; scale the data`;
  }
  if (UNOBSERVED.has(text.toLowerCase())) return Number.NaN;
  if (INFINITE.test(text)) return `${quote(text)} is not finite; leave the cell empty if it is unobserved`;
  return `${quote(text)} is not a number; write a number, or leave the cell empty if it is unobserved`;
}

/** At least one name, and nothing that could be data. */
function isHeader(cells: readonly string[]): boolean {
  const names = cells.map((cell) => cell.trim());
  return (
    names.some((text) => text !== "" && !UNOBSERVED.has(text.toLowerCase())) &&
    names.every((text) => !NUMBER.test(text) && !INFINITE.test(text))
  );
}

function countCells(count: number): string {
  return count === 1 ? "1 cell" : `${count} cells`;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 39)}…` : text);
}
