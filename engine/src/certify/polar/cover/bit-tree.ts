/** A binary tree in preorder: 1 for a node that is cut, 0 for a leaf. Saved as 32 bits a number, behind the count of its bits. */
export class BitTree {
  private bits = new Uint32Array(256);
  length = 0;

  push(cut: boolean): void {
    const word = this.length >>> 5;
    if (word === this.bits.length) {
      const bits = new Uint32Array(2 * word);
      bits.set(this.bits);
      this.bits = bits;
    }
    if (cut) this.bits[word] |= 1 << (this.length & 31);
    this.length++;
  }

  toArray(): Float64Array {
    const words = (this.length + 31) >>> 5;
    const out = new Float64Array(words + 1);
    out[0] = this.length;
    for (let k = 0; k < words; k++) out[k + 1] = this.bits[k];
    return out;
  }
}

/** Reads what `BitTree.toArray` wrote; whatever else it is given, behind its end there are only leaves. */
export function treeReader(saved: Float64Array): () => boolean {
  let at = 0;
  return () => {
    const word = saved[1 + (at >>> 5)];
    const inside = at < saved[0] && word !== undefined;
    const cut = inside && ((word >>> (at & 31)) & 1) === 1;
    at++;
    return cut;
  };
}
