/** What stands between the dense products of a hidden layer. */

/** z ← max(z, 0), where what is not a number stays so. */
export function relu(z: usize, count: i32): void {
  const zero = f64x2.splat(0);
  const even = z + (<usize>(count & ~1) << 3);
  while (z < even) {
    const x = v128.load(z);
    v128.store(z, v128.andnot(x, f64x2.le(x, zero)));
    z += 16;
  }
  if ((count & 1) != 0 && load<f64>(z) <= 0) store<f64>(z, 0);
}

/** d ← d where z > 0, else 0. */
export function reluSlope(d: usize, z: usize, count: i32): void {
  const zero = f64x2.splat(0);
  const even = d + (<usize>(count & ~1) << 3);
  while (d < even) {
    v128.store(d, v128.and(v128.load(d), f64x2.gt(v128.load(z), zero)));
    d += 16;
    z += 16;
  }
  if ((count & 1) != 0 && !(load<f64>(z) > 0)) store<f64>(d, 0);
}
