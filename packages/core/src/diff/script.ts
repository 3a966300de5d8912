import { type Alignment, type Splice } from './splices.ts'

/** How an array node builds the new array: `from, count` copies a run of the base, a list inserts values (merge rule 7). */
export type Script = (number | unknown[])[]

/** The script of an alignment; 0 when the new array is the base. `insert` gives the value to be stored at an index. */
export function scriptOf({ sources, targets }: Alignment, insert: (index: number) => unknown): Script | 0 {
  const script: Script = []
  let inserted: unknown[] | undefined
  for (const [index, source] of sources.entries()) {
    if (source === -1) {
      if (inserted === undefined) script.push((inserted = []))
      inserted.push(insert(index))
      continue
    }
    const count = script.at(-1)
    if (inserted === undefined && typeof count === 'number' && sources[index - 1] === source - 1) {
      script[script.length - 1] = count + 1
    } else {
      script.push(source, 1)
    }
    inserted = undefined
  }
  const isBase = script.length === 2 && script[0] === 0 && script[1] === targets.length
  return isBase || (targets.length === 0 && script.length === 0) ? 0 : script
}

/** The script of a single splice. */
export function scriptOfSplice(
  { start, baseEnd, nextEnd }: Splice,
  baseLength: number,
  insert: (index: number) => unknown,
): Script {
  const script: Script = []
  if (start > 0) script.push(0, start)
  const inserted: unknown[] = []
  for (let index = start; index < nextEnd; index++) inserted.push(insert(index))
  if (inserted.length > 0) script.push(inserted)
  if (baseEnd < baseLength) script.push(baseEnd, baseLength - baseEnd)
  return script
}

/** A script as the elements of the new array: indexes of the base, and the lists that are inserted between them. */
export type Runs = readonly (number | readonly unknown[])[]

/** The runs of a script one by one. */
export function runsOf(script: readonly unknown[]): Runs {
  const runs: (number | readonly unknown[])[] = []
  for (let position = 0; position < script.length; position++) {
    const part = script[position]
    if (Array.isArray(part)) {
      runs.push(part as readonly unknown[])
      continue
    }
    const [from, count] = [part as number, script[++position] as number]
    for (let index = from; index < from + count; index++) runs.push(index)
  }
  return runs
}

/** Where the elements of the base that a script keeps stand in the new array, by their index in the base. */
export function targetsOf(script: readonly unknown[]): ReadonlyMap<number, number> {
  const targets = new Map<number, number>()
  let target = 0
  for (const run of runsOf(script)) {
    if (typeof run === 'number') targets.set(run, target++)
    else target += run.length
  }
  return targets
}
