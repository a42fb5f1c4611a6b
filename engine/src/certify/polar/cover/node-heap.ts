/** A binary heap of numbered nodes, the largest value on top. */
export class NodeHeap {
  size = 0;
  private values = new Float64Array(1024);
  private nodes = new Int32Array(1024);

  topValue(): number {
    return this.values[0];
  }

  push(value: number, node: number): void {
    if (this.size === this.values.length) {
      const values = new Float64Array(2 * this.size);
      const nodes = new Int32Array(2 * this.size);
      values.set(this.values);
      nodes.set(this.nodes);
      this.values = values;
      this.nodes = nodes;
    }
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.values[parent] >= value) break;
      this.values[at] = this.values[parent];
      this.nodes[at] = this.nodes[parent];
      at = parent;
    }
    this.values[at] = value;
    this.nodes[at] = node;
  }

  /** Of a heap that is not empty. */
  pop(): number {
    const top = this.nodes[0];
    this.size--;
    const value = this.values[this.size];
    const node = this.nodes[this.size];
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.size) break;
      if (child + 1 < this.size && this.values[child + 1] > this.values[child]) child++;
      if (this.values[child] <= value) break;
      this.values[at] = this.values[child];
      this.nodes[at] = this.nodes[child];
      at = child;
    }
    this.values[at] = value;
    this.nodes[at] = node;
    return top;
  }
}
