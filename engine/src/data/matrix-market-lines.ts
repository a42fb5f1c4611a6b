/** The lines of a MatrixMarket file, split into words where they stand; blank lines and comments (%) are passed over. */

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const INFINITE = /^[+-]?inf(inity)?$/i;
/** A longer word is no number. */
const MAX_WORD = 400;
/** Of the first line. */
const MAX_BANNER = 1024;
/** Whole numbers of so many digits are exact. */
const EXACT_DIGITS = 15;
/** Words of a line whose places are kept; the others are only counted. */
const KEPT_WORDS = 3;

export interface MatrixLines {
  /** The first line, however long; `next` goes on behind it. */
  first(): string;
  /** Goes to the next line with words; false at the end. */
  next(): boolean;
  /** Of the line it is at, counted from 1. */
  readonly line: number;
  /** Its words. */
  readonly count: number;
  /** Bytes of the file. */
  readonly size: number;
  /** Word k as a whole number ≥ 0; NaN where it is none. */
  whole(k: number): number;
  /** Word k as a number, NaN for one that is unobserved, or what is wrong with it. */
  number(k: number): number | string;
  /** The line in quotes, for messages. */
  shown(): string;
}

export function matrixLines(bytes: Uint8Array): MatrixLines {
  const starts = new Int32Array(KEPT_WORDS);
  const ends = new Int32Array(KEPT_WORDS);
  // A byte order mark is no part of the text.
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  let line = 0;
  let lineStart = 0;
  let count = 0;

  function text(from: number, to: number): string {
    return new TextDecoder().decode(bytes.subarray(from, to));
  }

  function endOfLine(): number {
    const end = bytes.indexOf(LINE_FEED, at);
    return end < 0 ? bytes.length : end;
  }

  function word(k: number): string {
    const [start, end] = [starts[k], ends[k]];
    return end - start > MAX_WORD ? `${text(start, start + 40)}…` : String.fromCharCode(...bytes.subarray(start, end));
  }

  function whole(k: number): number {
    const [start, end] = [starts[k], ends[k]];
    if (k >= count || end - start > EXACT_DIGITS) return Number.NaN;
    let value = 0;
    for (let i = start; i < end; i++) {
      const digit = bytes[i] - ZERO;
      if (!(digit >= 0 && digit <= 9)) return Number.NaN;
      value = 10 * value + digit;
    }
    return value;
  }

  return {
    first() {
      const end = endOfLine();
      const found = text(at, Math.min(end, at + MAX_BANNER));
      at = end + 1;
      line = 1;
      return found;
    },
    next() {
      while (at < bytes.length) {
        line++;
        lineStart = at;
        count = 0;
        const isComment = bytes[at] === PERCENT;
        if (isComment) at = endOfLine();
        while (at < bytes.length && bytes[at] !== LINE_FEED) {
          if (isSpace(bytes[at])) {
            at++;
            continue;
          }
          const start = at;
          while (at < bytes.length && bytes[at] !== LINE_FEED && !isSpace(bytes[at])) at++;
          if (count < KEPT_WORDS) {
            starts[count] = start;
            ends[count] = at;
          }
          count++;
        }
        at++;
        if (count > 0) return true;
      }
      return false;
    },
    get line() {
      return line;
    },
    get count() {
      return count;
    },
    size: bytes.length,
    whole,
    number(k) {
      const digits = whole(k);
      if (!Number.isNaN(digits)) return digits;
      const found = word(k);
      const quoted = JSON.stringify(found.slice(0, 40));
      if (NUMBER.test(found)) {
        const value = Number(found);
        return Number.isFinite(value) ? value : `${quoted} is beyond the range of float64; scale the data`;
      }
      if (/^[+-]?nan$/i.test(found)) return Number.NaN;
      const next = INFINITE.test(found) ? "is not finite; leave the entry out if it is unobserved" : "is not a number";
      return `${quoted} ${next}`;
    },
    shown() {
      const end = Math.min(bytes.length, lineStart + 40);
      const [first = ""] = text(lineStart, end).split(/[\r\n]/);
      return JSON.stringify(first.trim());
    },
  };
}

const LINE_FEED = 10;
const PERCENT = 37;
const ZERO = 48;

/** Tab, vertical tab, form feed, carriage return, space. */
function isSpace(byte: number): boolean {
  return byte === 32 || byte === 9 || (byte >= 11 && byte <= 13);
}
