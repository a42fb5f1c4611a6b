/** Samples by where a step takes them across their kinks, the nearest one first: a binary heap, as mostly few are taken from it. */

export interface CrossingQueue {
  clear(): void;
  /** Sample n, which crosses at `where`. */
  add(n: number, where: number): void;
  /** The nearest sample that is left, of equals the first one; −1 when none is. */
  next(): number;
  /** Where the sample crosses. */
  at(n: number): number;
}

/** For samples 0 … count − 1, each at most once. */
export function crossingQueue(count: number): CrossingQueue {
  const heap = new Int32Array(count);
  const where = new Float64Array(count);
  let size = 0;

  const isBefore = (n: number, m: number): boolean => where[n] < where[m] || (where[n] === where[m] && n < m);

  function riseFrom(start: number, n: number): void {
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (isBefore(heap[parent], n)) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = n;
  }

  /** Fills the hole at the root with n. */
  function sink(n: number): void {
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && isBefore(heap[child + 1], heap[child])) child++;
      if (isBefore(n, heap[child])) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = n;
  }

  return {
    clear() {
      size = 0;
    },
    add(n, at) {
      where[n] = at;
      riseFrom(size++, n);
    },
    next() {
      if (size === 0) return -1;
      const first = heap[0];
      size--;
      if (size > 0) sink(heap[size]);
      return first;
    },
    at: (n) => where[n],
  };
}
