/** Where the time of a run goes: samples of V8's profiler, shared out by what stands on the stack. */
import type { Profiler } from "node:inspector";

/** Shares of the samples; `certificateKernels` is a part of `certificate`. They sum to 1 without it. */
export interface TimeShares {
  readonly kernels: number;
  readonly certificate: number;
  readonly certificateKernels: number;
  readonly collector: number;
  readonly rest: number;
  readonly samples: number;
}

/**
 * Whatever runs under a frame of certify/ is the certificate's; other frames of linalg/kernels/ and compiled ones are kernels.
 * Idle samples do not count.
 */
export function timeShares(profile: Profiler.Profile): TimeShares {
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const count = { kernels: 0, certificate: 0, certificateKernels: 0, collector: 0, rest: 0 };
  const visit = (id: number, above: boolean): void => {
    const node = byId.get(id);
    if (node === undefined) return;
    const { url, functionName } = node.callFrame;
    const certifies = above || url.includes("/certify/");
    const hits = node.hitCount ?? 0;
    const isKernel = url.startsWith("wasm://") || url.includes("/linalg/kernels/");
    if (functionName === "(garbage collector)") count.collector += hits;
    else if (certifies) {
      count.certificate += hits;
      if (isKernel) count.certificateKernels += hits;
    } else if (isKernel) count.kernels += hits;
    else if (functionName !== "(idle)") count.rest += hits;
    for (const child of node.children ?? []) visit(child, certifies);
  };
  const [root] = profile.nodes;
  if (root !== undefined) visit(root.id, false);
  const samples = count.kernels + count.certificate + count.collector + count.rest;
  const share = (hits: number) => (samples === 0 ? 0 : hits / samples);
  return {
    kernels: share(count.kernels),
    certificate: share(count.certificate),
    certificateKernels: share(count.certificateKernels),
    collector: share(count.collector),
    rest: share(count.rest),
    samples,
  };
}
