/** Runs a λ-path to its end with a clock that counts calls, so that a test does not depend on time. */
import type { PathEvent } from "../../engine/src/events.ts";
import { type PathOptions, type PathOutcome, runPath } from "../../engine/src/path.ts";
import type { Problem } from "../../engine/src/problem/problem.ts";

export async function followPath(
  problem: Problem,
  options: Partial<PathOptions> = {},
  onEvent: (event: PathEvent) => void = () => {},
): Promise<{ readonly outcome: PathOutcome; readonly events: readonly PathEvent[] }> {
  let ticks = 0;
  const steps = runPath(problem, {
    signal: { aborted: false },
    clock: () => ticks++,
    pause: () => Promise.resolve(),
    ...options,
  });
  const events: PathEvent[] = [];
  for (;;) {
    const next = await steps.next();
    if (next.done) return { outcome: next.value, events };
    onEvent(next.value);
    events.push(next.value);
  }
}
