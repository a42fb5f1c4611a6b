/** "Did you mean": the known name closest to a mistyped one. */

/** Edit distance with transpositions (optimal string alignment); O(|a||b|). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** At most a third of the letters may differ, and names of more than 64 letters resemble nothing. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  return nearestAll(name, known)[0];
}

/** All names close enough, closest first, at most three. */
export function nearestAll(name: string, known: Iterable<string>): string[] {
  if (name.length > 64) return [];
  const found: { readonly candidate: string; readonly distance: number }[] = [];
  for (const candidate of known) {
    if (candidate.length > 96) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance <= Math.max(1, Math.floor(candidate.length / 3))) found.push({ candidate, distance });
  }
  found.sort((a, b) => a.distance - b.distance);
  return found.slice(0, 3).map((entry) => entry.candidate);
}
