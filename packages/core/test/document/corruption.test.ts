import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { unclaimed } from '../../src/document/delivery.ts'
import { decodeDocument } from '../../src/document/decode.ts'
import { type Encoded, encodeEnd } from '../../src/document/encode.ts'
import { drawCommitId } from '../../src/document/ids.ts'
import type { LiveDocument, ScopeDocument } from '../../src/document/scope-document.ts'
import { UnreadableDocumentError } from '../../src/errors.ts'
import { orderedText } from '../diff/ordered-text.ts'
import { anyChange, anyState } from './any-values.ts'
import { joined } from './hand-writer.ts'
import { propertySettings } from './property-settings.ts'
import { changed, created, deadline } from './sample-documents.ts'

/** What may happen to bytes on their way; positions are taken modulo what there is. */
type Damage =
  | { readonly type: 'truncate'; readonly at: number }
  | { readonly type: 'flip'; readonly bits: readonly number[] }
  | { readonly type: 'overwrite'; readonly at: number; readonly by: Uint8Array }
  | { readonly type: 'insert'; readonly at: number; readonly by: Uint8Array }
  | { readonly type: 'remove'; readonly at: number; readonly count: number }
  | { readonly type: 'zero'; readonly at: number; readonly count: number }
  | { readonly type: 'repeat-frame'; readonly frame: number; readonly after: number }
  | { readonly type: 'drop-frame'; readonly frame: number }
  | { readonly type: 'swap-frames'; readonly frame: number; readonly other: number }
  | { readonly type: 'foreign-frame'; readonly frame: number; readonly at: number }
  | { readonly type: 'foreign-tail'; readonly frame: number; readonly at: number }

const position = fc.nat({ max: 100_000 })
const someBytes = fc.uint8Array({ minLength: 1, maxLength: 60 })

const anyDamage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ type: fc.constant('truncate' as const), at: position }),
  fc.record({ type: fc.constant('flip' as const), bits: fc.array(position, { minLength: 1, maxLength: 6 }) }),
  fc.record({ type: fc.constant('overwrite' as const), at: position, by: someBytes }),
  fc.record({ type: fc.constant('insert' as const), at: position, by: someBytes }),
  fc.record({ type: fc.constant('remove' as const), at: position, count: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ type: fc.constant('zero' as const), at: position, count: fc.integer({ min: 1, max: 4096 }) }),
  fc.record({ type: fc.constant('repeat-frame' as const), frame: position, after: position }),
  fc.record({ type: fc.constant('drop-frame' as const), frame: position }),
  fc.record({ type: fc.constant('swap-frames' as const), frame: position, other: position }),
  fc.record({ type: fc.constant('foreign-frame' as const), frame: position, at: position }),
  fc.record({ type: fc.constant('foreign-tail' as const), frame: position, at: position }),
)

const anyDocument: fc.Arbitrary<Encoded<LiveDocument>> = fc
  .tuple(anyState, fc.array(anyChange, { maxLength: 8 }))
  .map(([state, changes]) => changed(created(state), changes))

describe('a document that was damaged, in whatever ways, is refused or is one of the states that were written', () => {
  test('read as a whole, and onto what is known of it', () => {
    const anyDamages = fc.array(anyDamage, { maxLength: 3, minLength: 1 })
    fc.assert(
      fc.property(anyDocument, anyDocument, anyDamages, position, (whole, other, damages, seen) => {
        const damaged = joined(...damages.reduce((left, damage) => applied(damage, left, other), framesOf(whole)))
        const decoded = read(damaged)
        expectTrue(decoded, statesOf(whole, other))
        // Whoever knows an earlier version is told the same.
        const onto = read(damaged, decodeDocument(upTo(whole, seen)))
        expect(onto && orderedText(onto.state)).toEqual(decoded && orderedText(decoded.state))
        expect(onto?.version).toBe(decoded?.version)
      }),
      propertySettings(400),
    )
  })

  test('an end marker', () => {
    fc.assert(
      fc.property(
        anyDocument,
        anyDocument,
        fc.array(anyDamage, { maxLength: 3, minLength: 1 }),
        (whole, other, damages) => {
          const { document } = whole
          const commitId = drawCommitId()
          const end = encodeEnd({
            document,
            commitId,
            deadline,
            reason: 'ended',
            at: 1_700_000_000_000,
            delivery: unclaimed,
            keepState: true,
          })
          const frames = damages.reduce<Frames>((left, damage) => applied(damage, left, other), [end.bytes])
          const decoded = read(joined(...frames))
          if (decoded?.type === 'ended') expect(orderedText(decoded)).toBe(orderedText(end.document))
          else expectTrue(decoded, statesOf(whole, other))
        },
      ),
      propertySettings(200),
    )
  })
})

test('most of what is damaged so is refused: the cases are no empty ones', () => {
  const damages = fc.sample(fc.tuple(anyDocument, anyDocument, anyDamage), { seed: 7, numRuns: 300 })
  const refused = damages.filter(([whole, other, damage]) => {
    return read(joined(...applied(damage, framesOf(whole), other))) === undefined
  })
  expect(refused.length).toBeGreaterThan(150)
  expect(refused.length).toBeLessThan(300)
})

/** Frames, and what is left of them; damage that does not see frames makes one piece of all. */
type Frames = readonly Uint8Array[]

function framesOf({ bytes, document }: Encoded<LiveDocument>): Frames {
  return [bytes.subarray(0, document.snapshotBytes), ...document.tail.map(({ frame }) => frame)]
}

function applied(damage: Damage, frames: Frames, other: Encoded<LiveDocument>): Frames {
  const bytes = joined(...frames)
  const index = (number: number): number => number % Math.max(frames.length, 1)
  const place = (at: number): number => at % (bytes.length + 1)
  switch (damage.type) {
    case 'truncate':
      return [bytes.subarray(0, place(damage.at))]
    case 'flip':
      for (const bit of damage.bits) {
        const at = (bit >> 3) % Math.max(bytes.length, 1)
        if (bytes.length > 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7))
      }
      return [bytes]
    case 'overwrite':
      bytes.set(damage.by.subarray(0, bytes.length - place(damage.at)), place(damage.at))
      return [bytes]
    case 'insert':
      return [bytes.subarray(0, place(damage.at)), damage.by, bytes.subarray(place(damage.at))]
    case 'remove':
      return [bytes.subarray(0, place(damage.at)), bytes.subarray(place(damage.at) + damage.count)]
    case 'zero':
      bytes.fill(0, place(damage.at), place(damage.at) + damage.count)
      return [bytes]
    case 'repeat-frame':
      return frames.toSpliced(index(damage.after) + 1, 0, frames[index(damage.frame)] ?? new Uint8Array())
    case 'drop-frame':
      return frames.filter((_, at) => at !== index(damage.frame))
    case 'swap-frames': {
      const [one, two] = [index(damage.frame), index(damage.other)]
      return frames.map((frame, at) => frames[at === one ? two : at === two ? one : at] ?? frame)
    }
    case 'foreign-frame': {
      const foreign = framesOf(other)
      return frames.toSpliced(index(damage.at), 1, foreign[damage.frame % foreign.length] ?? new Uint8Array())
    }
    case 'foreign-tail': {
      const foreign = framesOf(other)
      return [...frames.slice(0, index(damage.at) + 1), ...foreign.slice(damage.frame % foreign.length)]
    }
    default:
      return damage satisfies never
  }
}

/** Each state of both by life, version and commit. */
function statesOf(...documents: readonly Encoded<LiveDocument>[]): ReadonlyMap<string, string> {
  return new Map(
    documents.flatMap(({ document }) => [
      [nameOf(document.life, 1, document.snapshotIds[0]), orderedText(document.snapshotState)] as const,
      ...document.tail.map(
        ({ version, commitId, state }) => [nameOf(document.life, version, commitId), orderedText(state)] as const,
      ),
    ]),
  )
}

function nameOf(life: string, version: number, commitId: string | undefined): string {
  return `${life} ${version} ${commitId}`
}

function expectTrue(decoded: ScopeDocument | undefined, truth: ReadonlyMap<string, string>): void {
  if (decoded === undefined) return
  const { life, version, commitId, state } = decoded
  expect(orderedText(state)).toBe(truth.get(nameOf(life, version, commitId)))
}

/** The document as it was when so many of its commits had been made. */
function upTo({ bytes, document }: Encoded<LiveDocument>, count: number): Uint8Array {
  const kept = document.tail.slice(0, count % (document.tail.length + 1))
  return bytes.subarray(
    0,
    kept.reduce((end, { frame }) => end + frame.length, document.snapshotBytes),
  )
}

function read(bytes: Uint8Array, known?: ScopeDocument): ScopeDocument | undefined {
  try {
    return decodeDocument(bytes, { known })
  } catch (error) {
    expect(error).toBeInstanceOf(UnreadableDocumentError)
    return undefined
  }
}
