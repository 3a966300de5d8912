import { InvalidArgumentError } from '../errors.ts'
import { quoted } from '../value/quoted.ts'
import type { CommitId, Life } from './scope-document.ts'

/** What a reader must have seen: a commit, by its life, its version and the first 8 digits of its id. */
export interface Stamp {
  readonly life: Life
  readonly version: number
  readonly shortId: string
}

const pattern = /^([0-9a-f]{16})\.([1-9]\d{0,15})\.([0-9a-f]{8})$/

/** The stamp of a commit as text: `life.version.commit`. It needs no escaping in a cookie, a header or a URL. */
export function stampOf({
  life,
  version,
  commitId,
}: {
  readonly life: Life
  readonly version: number
  readonly commitId: CommitId
}): string {
  return `${life}.${version}.${commitId.slice(0, 8)}`
}

/** Whether the text has the form of a stamp: what comes from outside, by a cookie or a header, is asked first. */
export function isStamp(text: string): boolean {
  return partsOf(text) !== undefined
}

/** @throws InvalidArgumentError when the text is no stamp; whoever takes stamps from outside asks `isStamp` first. */
export function parseStamp(text: unknown): Stamp {
  const stamp = typeof text === 'string' ? partsOf(text) : undefined
  if (stamp) return stamp
  throw new InvalidArgumentError(`${quoted(text)} is no stamp; a stamp is what scope.stamp gives: life.version.commit.`)
}

function partsOf(text: string): Stamp | undefined {
  const [, life, digits, shortId] = pattern.exec(text) ?? []
  const version = Number(digits)
  if (life === undefined || shortId === undefined || !Number.isSafeInteger(version)) return undefined
  return { life: life as Life, version, shortId }
}
