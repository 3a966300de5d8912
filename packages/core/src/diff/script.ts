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
