/** Exact arithmetic on float64 numbers: a value is a BigInt times 2⁻¹⁰⁷⁴ᵏ for a known k, so sums and products never round. */

const SHIFT = 1074n;

/** A float64 as a multiple of 2⁻¹⁰⁷⁴. */
function units(x: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const exponent = (bits >> 52n) & 0x7ffn;
  const fraction = bits & 0xfffffffffffffn;
  const size = exponent === 0n ? fraction : (fraction | 0x10000000000000n) << (exponent - 1n);
  return bits >> 63n === 1n ? -size : size;
}

/** Σ of products of the same number of factors, exactly: a multiple of 2^(−1074 k). */
export function exactSum(terms: readonly (readonly number[])[]): { readonly size: bigint; readonly factors: number } {
  const factors = terms.reduce((most, term) => Math.max(most, term.length), 0);
  let size = 0n;
  for (const term of terms) {
    let product = 1n << (SHIFT * BigInt(factors - term.length));
    for (const x of term) product *= units(x);
    size += product;
  }
  return { size, factors };
}

/** Σ_k (x_k − exact_k)² ≤ bound², decided exactly. */
export function isWithin(
  computed: readonly number[],
  exact: readonly (readonly (readonly number[])[])[],
  bound: number,
): boolean {
  const differences = computed.map((x, k) => exactSum([...exact[k], [-x]]));
  const factors = differences.reduce((most, difference) => Math.max(most, difference.factors), 1);
  let square = 0n;
  for (const { size, factors: own } of differences) {
    const same = size << (SHIFT * BigInt(factors - own));
    square += same * same;
  }
  const limit = units(bound) << (SHIFT * BigInt(factors - 1));
  return square <= limit * limit;
}
