/** Whether descent goes on to no purpose: what it still gains, round by round, is nothing beside what an open polar leaves unproven. */

/** So many rounds that together gain less than this share of the gap. */
const ROUNDS = 10;
const SHARE = 3e-4;

/** Asked after every round, with its objective; `lowerBound` is null where a polar that is not open may close the gap by itself. */
export function creepWatch(): (objective: number, lowerBound: number | null) => boolean {
  const objectives: number[] = [];
  return (objective, lowerBound) => {
    objectives.push(objective);
    const before = objectives.at(-1 - ROUNDS);
    return before !== undefined && lowerBound !== null && before - objective <= SHARE * (objective - lowerBound);
  };
}
