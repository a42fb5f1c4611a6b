/** The compiled module as it is committed, and what happens where there is none. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";

const repository = fileURLToPath(new URL("../../../../", import.meta.url));

describe("the module of the kernels", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  it("is what its sources compile to (invariant 8)", () => {
    expect(() =>
      execFileSync(process.execPath, ["scripts/kernels.mjs", "--check"], { cwd: repository, stdio: "pipe" }),
    ).not.toThrow();
  }, 60_000);

  it("is not needed: without WebAssembly, its SIMD or room for a memory there is no workspace", async () => {
    const original = WebAssembly;
    vi.resetModules();
    vi.stubGlobal("WebAssembly", undefined);
    const none = await import("../../../../engine/src/linalg/kernels/loader.ts");
    expect(none.newWorkspace()).toBeUndefined();
    vi.resetModules();
    vi.stubGlobal("WebAssembly", { validate: () => false });
    const noSimd = await import("../../../../engine/src/linalg/kernels/loader.ts");
    expect([noSimd.newWorkspace(), noSimd.workspaceFor(1e6)]).toEqual([undefined, undefined]);
    vi.resetModules();
    const { validate, Module, Instance } = original;
    const Memory = vi.fn(() => {
      throw new RangeError("WebAssembly.Memory(): could not allocate memory");
    });
    vi.stubGlobal("WebAssembly", { validate, Module, Instance, Memory });
    const noRoom = await import("../../../../engine/src/linalg/kernels/loader.ts");
    expect(noRoom.newWorkspace()).toBeUndefined();
    expect(Memory).toHaveBeenCalledOnce();
  });

  it("has a workspace for each of many users at once", async () => {
    const { newWorkspace } = await import("../../../../engine/src/linalg/kernels/loader.ts");
    const held = Array.from({ length: 300 }, (_, k) => {
      const workspace = newWorkspace();
      workspace?.numbers(70_000).fill(k, 8000, 8001);
      return workspace;
    });
    expect(held.every((workspace, k) => workspace?.numbers(0)[8000] === k)).toBe(true);
  });
});
