import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Emitter, Lifetime } from "../../../extension/lifecycle.ts";

describe("lifetime", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("disposes everything it owns, newest first, and says what is alive", () => {
    const order: string[] = [];
    const lifetime = new Lifetime();
    for (const name of ["a", "b", "c"]) lifetime.own(name, { dispose: () => void order.push(name) });
    expect(lifetime.alive).toEqual(["a", "b", "c"]);
    lifetime.dispose();
    lifetime.dispose();
    expect(order).toEqual(["c", "b", "a"]);
    expect(lifetime.alive).toEqual([]);
  });

  it("disposes at once what arrives too late", () => {
    const lifetime = new Lifetime();
    lifetime.dispose();
    const late = { dispose: vi.fn() };
    lifetime.own("late", late);
    expect(late.dispose).toHaveBeenCalledOnce();
    lifetime.after("late timer", 10, () => expect.unreachable());
    expect(vi.getTimerCount()).toBe(0);
  });

  it("forgets a timer that has fired, and clears one that has not", () => {
    const lifetime = new Lifetime();
    const fired = vi.fn();
    lifetime.after("first", 10, fired);
    lifetime.after("second", 20, () => expect.unreachable());
    vi.advanceTimersByTime(10);
    expect(fired).toHaveBeenCalledOnce();
    expect(lifetime.alive).toEqual(["second"]);
    lifetime.dispose();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("emitter", () => {
  it("reaches the other listeners when one throws, and still tells", () => {
    const emitter = new Emitter<number>();
    const heard = vi.fn();
    emitter.on(() => {
      throw new Error("first");
    });
    emitter.on(heard);
    expect(() => emitter.fire(3)).toThrow("first");
    expect(heard).toHaveBeenCalledWith(3);
  });
});
