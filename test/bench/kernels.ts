/** The compiled kernels against numpy on one thread: seconds of processor time of the same products, taken in the same run. */
import { spawnSync } from "node:child_process";
import { choleskyInto } from "../../engine/src/linalg/kernels/cholesky.ts";
import { gramInto, multiplyInto, type Product } from "../../engine/src/linalg/kernels/multiply.ts";
import { observedEntries } from "../../engine/src/linalg/observed.ts";
import { normalStream } from "../../engine/src/linalg/random.ts";
import { spectralBracket } from "../../engine/src/linalg/singular-bound.ts";

export interface KernelRow {
  readonly name: string;
  readonly oursSeconds: number;
  readonly numpySeconds: number;
  /** Ours as a share of numpy's speed. */
  readonly speed: number;
  /** Undefined where the table shows it only for orientation. */
  readonly target: number | undefined;
}

interface Kernel {
  readonly name: string;
  readonly target?: number;
  /** What numpy does, on arrays `a` and `b` of the shapes before it. */
  readonly shapes: readonly (readonly [number, number])[];
  readonly numpy: string;
  readonly ours: (a: Float64Array, b: Float64Array) => () => void;
}

const TARGET = 0.22;
const REPEATS = 5;
/** A measurement lasts at least so long: the clock of the processor ticks slowly. */
const SHORTEST_SECONDS = 0.05;

const KERNELS: readonly Kernel[] = [
  gemm({ m: 512, n: 512, k: 512 }),
  gemm({ m: 512, n: 512, k: 512, transposeA: true }),
  gemm({ m: 512, n: 512, k: 512, transposeB: true }),
  gemm({ m: 500, n: 400, k: 20, transposeB: true }),
  gemm({ m: 400, n: 20, k: 500, transposeA: true }),
  gemm({ m: 500, n: 20, k: 400 }),
  gemm({ m: 1000, n: 200, k: 20 }),
  gram(2000, 1000),
  ...[400, 1000].flatMap((n) => [
    cholesky(n, "numpy", "np.linalg.cholesky(s)"),
    cholesky(n, "LAPACK itself", "dpotrf(f, lower=1)"),
  ]),
  {
    name: "σ₁ 500×400, proven (numpy: not proven)",
    target: TARGET,
    shapes: [[500, 400]],
    numpy: "np.linalg.norm(a, 2)",
    ours: (a) => {
      const table = observedEntries(a, 500, 400, () => true);
      return () => spectralBracket(table, { above: Number.POSITIVE_INFINITY, most: 1, stopped: () => false });
    },
  },
  {
    name: "σ₁ 500×400, proven (ARPACK: not proven)",
    shapes: [[500, 400]],
    numpy: "svds(a, 1, return_singular_vectors=False)",
    ours: (a) => {
      const table = observedEntries(a, 500, 400, () => true);
      return () => spectralBracket(table, { above: Number.POSITIVE_INFINITY, most: 1, stopped: () => false });
    },
  },
];

function gemm(product: Product): Kernel {
  const { m, n, k, transposeA = false, transposeB = false } = product;
  return {
    name: `C ${m}×${n} = ${transposeA ? "Aᵀ" : "A"} ${transposeB ? "Bᵀ" : "B"}, sums of ${k}`,
    target: TARGET,
    shapes: [transposeA ? [k, m] : [m, k], transposeB ? [n, k] : [k, n]],
    numpy: `np.matmul(${transposeA ? "a.T" : "a"}, ${transposeB ? "b.T" : "b"}, out=c)`,
    ours: (a, b) => {
      const c = new Float64Array(m * n);
      return () => multiplyInto(c, a, b, product);
    },
  };
}

function gram(m: number, n: number): Kernel {
  return {
    name: `AᵀA of ${m}×${n}`,
    target: TARGET,
    shapes: [[m, n]],
    numpy: "a.T @ a",
    ours: (a) => {
      const s = new Float64Array(n * n);
      return () => gramInto(s, a, m, n);
    },
  };
}

function cholesky(n: number, peer: string, numpy: string): Kernel {
  return {
    name: `Cholesky ${n}×${n} (${peer})`,
    target: TARGET,
    shapes: [[n + 10, n]],
    numpy,
    ours: (a) => {
      const s = new Float64Array(n * n);
      gramInto(s, a, n + 10, n);
      const l = new Float64Array(n * n);
      return () => {
        l.set(s);
        if (!choleskyInto(l, n)) throw new Error("the Gram matrix of a random matrix is positive definite");
      };
    },
  };
}

/** Undefined where python3 or numpy is missing; rows whose peer fails (no scipy) are left out. Each kernel next to its peer. */
export function kernelRows(python = "python3"): readonly KernelRow[] | undefined {
  if (spawnSync(python, ["-c", "import numpy"]).status !== 0) return undefined;
  return KERNELS.flatMap((kernel): readonly KernelRow[] => {
    const normal = normalStream(1);
    const [a, b] = [0, 1].map((k) => {
      const [rows, columns] = kernel.shapes[k] ?? [0, 0];
      return Float64Array.from({ length: rows * columns }, normal);
    });
    const oursSeconds = medianSeconds(kernel.ours(a, b));
    const numpySeconds = peerSeconds(python, kernel);
    if (numpySeconds === undefined) return [];
    const { name, target } = kernel;
    return [{ name, oursSeconds, numpySeconds, speed: numpySeconds / oursSeconds, target }];
  });
}

/** Rows of a Markdown table. */
export function kernelTable(rows: readonly KernelRow[]): string {
  const milliseconds = (seconds: number) => (1e3 * seconds).toPrecision(3);
  const lines = rows.map(({ name, oursSeconds, numpySeconds, speed, target }) => {
    const met = target === undefined ? "" : `≥ ${target}: ${speed >= target ? "met" : "not met"}`;
    return `| ${name} | ${milliseconds(oursSeconds)} | ${milliseconds(numpySeconds)} | ${speed.toFixed(2)} | ${met} |`;
  });
  return [
    "| kernel | ours, ms | numpy, ms | our share of its speed | target |",
    "| --- | ---: | ---: | ---: | --- |",
    ...lines,
    "",
  ].join("\n");
}

function medianSeconds(run: () => void): number {
  // Once to be compiled, once more with the better code.
  run();
  run();
  const seconds = Array.from({ length: REPEATS }, () => {
    const start = process.cpuUsage();
    let count = 0;
    let spent = 0;
    do {
      run();
      count++;
      const { user, system } = process.cpuUsage(start);
      spent = (user + system) / 1e6;
    } while (spent < SHORTEST_SECONDS);
    return spent / count;
  });
  return seconds.sort((x, y) => x - y)[Math.floor(REPEATS / 2)];
}

function peerSeconds(python: string, { shapes, numpy }: Kernel): number | undefined {
  const [[rows, columns], [rowsB, columnsB] = [0, 0]] = shapes;
  const program = `
import time
import numpy as np
${numpy.includes("svds") ? "from scipy.sparse.linalg import svds" : ""}
${numpy.includes("dpotrf") ? "from scipy.linalg.lapack import dpotrf" : ""}
g = np.random.default_rng(1)
a, b = g.standard_normal((${rows}, ${columns})), g.standard_normal((${rowsB}, ${columnsB}))
c = ${numpy.includes("out=c") ? numpy.replace(", out=c", "") : "None"}
s = ${/\((s|f)\b/.test(numpy) ? "a.T @ a" : "None"}
f = np.asfortranarray(s)
${numpy}
${numpy}
found = []
for _ in range(${REPEATS}):
    start, count = time.process_time(), 0
    while True:
        ${numpy}
        count += 1
        spent = time.process_time() - start
        if spent >= ${SHORTEST_SECONDS}: break
    found.append(spent / count)
print(sorted(found)[${Math.floor(REPEATS / 2)}])
`;
  const threads = { OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };
  const { status, stdout } = spawnSync(python, ["-c", program], {
    encoding: "utf8",
    env: { ...process.env, ...threads },
  });
  return status === 0 ? Number(stdout) : undefined;
}
