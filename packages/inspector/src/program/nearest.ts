/** The name that a misspelt one was meant to be; undefined where none is near. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map(name => ({ name, distance: editDistance(word, name) }))
    .toSorted((left, right) => left.distance - right.distance)
  if (best === undefined) return undefined
  return best.distance <= Math.max(1, Math.floor(best.name.length / 2)) ? best.name : undefined
}

/** How many letters have to be put in, taken out or changed to make one of the other (Levenshtein). */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let at = 0; at < one.length; at++) {
    const next = [at + 1]
    for (let index = 0; index < other.length; index++) {
      const changed = (row[index] ?? 0) + (one[at] === other[index] ? 0 : 1)
      next.push(Math.min(changed, (next[index] ?? 0) + 1, (row[index + 1] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}
