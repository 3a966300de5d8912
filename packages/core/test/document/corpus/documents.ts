import fc from 'fast-check'
import { delivered } from '../../../src/document/delivery.ts'
import { compact } from '../../../src/document/compaction.ts'
import { type Encoded, appendCommits, createDocument } from '../../../src/document/encode.ts'
import { encodeFrame, frameKinds } from '../../../src/document/frame.ts'
import { pack } from '../../../src/document/packer.ts'
import type { CommitRecord, LiveDocument } from '../../../src/document/scope-document.ts'
import { captureRoot } from '../../../src/value/plain-data.ts'
import { anyChange, anyState } from '../any-values.ts'
import { carts, everyKind, everyNode, everyOp } from './contents.ts'
import {
  type CommitStep,
  type CorpusDocument,
  committed,
  created,
  deadline,
  ended,
  idOf,
  lifeOf,
  recordOf,
} from './writing.ts'

/** Every document of this format version by its name. */
export const documents: Readonly<Record<string, () => CorpusDocument>> = {
  'snapshot-empty': () => created('snapshot-empty', {}, {}, 0),
  'snapshot-every-kind': () => created('snapshot-every-kind', everyKind),
  'snapshot-deepest': deepest,
  'snapshot-long': () =>
    created('snapshot-long', { text: 'z'.repeat(66_000), list: Array.from({ length: 300 }, (_, index) => index) }),
  'snapshot-unknown-keys': () =>
    created(
      'snapshot-unknown-keys',
      { a: 1 },
      { rest: { lifetime: { idleMs: 5 }, fences: new Map([['l', 1n]]), later: [new Date(3)] } },
    ),
  'snapshot-lifetime': () =>
    created('snapshot-lifetime', carts, { lifetime: { idleMs: 2_592_000_000, absoluteMs: 0 } }),
  'snapshot-provisional': () => created('snapshot-provisional', carts, { isProvisional: true, from }),
  'snapshot-confirmed': () => created('snapshot-confirmed', carts, { from }),
  'tail-every-node': () => tailed('tail-every-node'),
  'tail-every-kind': () =>
    committed(
      'tail-every-kind',
      created('tail-every-kind', {}),
      Object.entries(everyKind).map(([key, value]) => ({ change: state => void (state[key] = value) })),
    ),
  'tail-ops': () => committed('tail-ops', created('tail-ops', carts), everyOp),
  'tail-fence-and-more': withFence,
  'tail-longest': () => long('tail-longest', 64),
  'tail-far': farAway,
  'schema-versions-mixed': () =>
    committed('schema-versions-mixed', created('schema-versions-mixed', { items: ['a'], hits: 1 }), [
      hit,
      {
        schemaVersion: 2,
        change(state) {
          state['cart'] = (state['items'] as string[]).map(sku => ({ sku, quantity: 1 }))
          delete state['items']
        },
      },
      { schemaVersion: 2, ...hit },
      { schemaVersion: 3, diff: undefined },
      { schemaVersion: 3, change: state => void (state['about'] = { language: 'en' }) },
    ]),
  'compacted-after-100': () => compactedAt('compacted-after-100', deadline),
  'compacted-renewed': () => compactedAt('compacted-renewed', deadline + 1800),
  'compacted-without-deadline': () => compactedAt('compacted-without-deadline', 0),
  'compacted-mixed': () => {
    const name = 'compacted-mixed'
    const steps = [...hits(30), ...hits(30).map(step => ({ ...step, schemaVersion: 2 }))]
    return compact({ document: committed(name, created(name, { hits: 0 }), steps).document, deadline })
  },
  'end-with-state': () => ended('end-with-state', tailed('end-with-state').document, { detail: 'logout ä' }),
  'end-expired': () => ended('end-expired', long('end-expired', 3).document, { reason: 'expired', deadline: 0 }),
  'end-rotated': () =>
    ended('end-rotated', long('end-rotated', 1).document, {
      reason: 'rotated',
      next: lifeOf('next'),
      delivery: delivered,
    }),
  'end-delivered': () =>
    ended('end-delivered', long('end-delivered', 40).document, { delivery: delivered, keepState: false }),
  'end-every-kind': () => ended('end-every-kind', created('end-every-kind', everyKind).document, {}),
  'end-of-a-new-shape': () =>
    ended(
      'end-of-a-new-shape',
      committed('end-of-a-new-shape', created('end-of-a-new-shape', { hits: 1 }), [{ ...hit, schemaVersion: 4 }])
        .document,
      {},
    ),
  'end-claimed': claimedEnd,
  ...Object.fromEntries(
    Array.from({ length: 24 }, (_, index) => {
      const name = `random-${String(index + 1).padStart(2, '0')}`
      return [name, () => random(name, 1000 + index)]
    }),
  ),
}

/** A random document, the same for the same seed. */
function random(name: string, seed: number): CorpusDocument {
  const [state = {}] = fc.sample(anyState, { seed, numRuns: 1 })
  const changes = fc.sample(anyChange, { seed, numRuns: seed % 9 })
  const steps = changes.map(({ key, value }) => ({
    change: (next: Record<string, unknown>) => {
      if (value === undefined) delete next[key]
      else next[key] = value
    },
  }))
  return committed(name, created(name, state), steps)
}

const hit: CommitStep = { change: state => void (state['hits'] = (state['hits'] as number) + 1) }
const hits = (count: number): readonly CommitStep[] => Array.from({ length: count }, () => hit)

/** A frame whose payload is made here, with what the encoder of today does not write. */
function withFrame(base: Encoded<LiveDocument>, payload: unknown, record: CommitRecord): Encoded<LiveDocument> {
  const { life } = base.document
  const { version, commitId } = record
  const frame = encodeFrame({ kind: frameKinds.commit, life, version, commitId, deadline }, pack(payload))
  return { bytes: Buffer.concat([base.bytes, frame]), document: appendCommits(base.document, [{ ...record, frame }]) }
}

function withFence(): CorpusDocument {
  const base = created('fence', { hits: 1 })
  const record = recordOf('fence', base.document, hit)
  const { baseVersion, schemaVersion, at, origin, diff } = record
  const fields = [baseVersion, schemaVersion, at, [origin.process], diff]
  return withFrame(base, [...fields, null, ['lock:shop:a', 7], 'of a later version'], record)
}

function claimedEnd(): CorpusDocument {
  const { document } = created('claimed', { hits: 1 })
  const end = ended('claimed', document, {}).document
  if (end.type !== 'ended') throw new Error('An end has ended.')
  const { life, version, commitId } = end
  const claim = { claim: 'a1', leaseMs: 60_000, beat: 3, attempt: 1 }
  const { reason, at, schemaVersion, state } = end
  const ids = Buffer.from(end.ids.join(''), 'hex')
  const payload = pack({ state, ids, schemaVersion, reason, at, delivery: claim, later: [1] })
  return { bytes: encodeFrame({ kind: frameKinds.end, life, version, commitId, deadline }, payload), document: end }
}

function farAway(): CorpusDocument {
  const state = captureRoot({ far: true })
  const version = 2 ** 53 - 2
  const [life, commitId] = [lifeOf('far'), idOf('far', version)]
  const payload = { state, ids: Buffer.from(commitId, 'hex'), schemaVersion: 2 ** 31, createdAt: 0.5 }
  const bytes = encodeFrame(
    { kind: frameKinds.snapshot, life, version, commitId, deadline: 2 ** 32 - 1 },
    pack(payload),
  )
  const { document } = createDocument({
    life,
    commitId,
    deadline: 2 ** 32 - 1,
    state,
    facts: { schemaVersion: 2 ** 31, createdAt: 0.5, isProvisional: false, from: undefined, rest: {} },
  })
  const snapshot = { ...document, version, snapshotVersion: version, snapshotIds: [commitId] }
  return committed('far', { bytes, document: snapshot }, [{ change: next => void (next['far'] = false) }])
}

function deepest(): CorpusDocument {
  let inner: unknown = 'here'
  for (let depth = 0; depth < 199; depth++) inner = depth % 2 ? [inner] : { in: inner }
  return created('deepest', { in: inner })
}

const tailed = (name: string): Encoded<LiveDocument> => committed(name, created(name, carts), everyNode)
const long = (name: string, count: number): Encoded<LiveDocument> =>
  committed(name, created(name, { hits: 0 }), hits(count))
const from = { life: lifeOf('origin'), version: 17 }

function compactedAt(name: string, ends: number): CorpusDocument {
  const first = compact({ document: long(name, 60).document, deadline })
  const later = committed(name, first, hits(40))
  return compact({ document: later.document, deadline: ends })
}
