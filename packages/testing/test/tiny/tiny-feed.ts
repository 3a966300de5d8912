import {
  InvalidArgumentError,
  type ChangeFeed,
  type Clock,
  type FeedMessage,
  type FeedOptions,
  type FeedToken,
} from '@scopes/core'

import { feedTokenAt, wakeReaders, type TinyChange, type TinyDisk } from './tiny-disk.ts'

/** What a tiny feed reads. */
interface TinySource {
  readonly disk: TinyDisk
  readonly clock: Clock
  /** Throws when the store is closed; afterwards what is due has expired. */
  readonly begin: () => void
  readonly isClosed: () => boolean
}

interface Proof {
  /** Where the log ended when it was asked for. */
  readonly sequence: bigint
  readonly asOf: number
}

type TinyMessage =
  | Omit<Extract<FeedMessage, { type: 'document' }>, 'partition' | 'feedToken'>
  | Omit<Extract<FeedMessage, { type: 'removed' }>, 'partition' | 'feedToken'>

/** The feed of a tiny store: the log of its disk, of each document only the newest change. */
export function tinyFeed(source: TinySource): ChangeFeed {
  const { disk, clock, begin } = source
  const probes: Proof[] = []
  return {
    coverage: 'all',
    partitions: 1,
    open: options => read(source, probes, options),
    probe: async () => {
      begin()
      probes.push({ sequence: disk.sequence, asOf: clock.monotonic() })
      wakeReaders(disk)
    },
  }
}

async function* read(
  { disk, clock, begin, isClosed }: TinySource,
  probes: readonly Proof[],
  { since = 'now', kinds, keysOnly = false, signal }: FeedOptions = {},
): AsyncGenerator<FeedMessage, void> {
  const start = startOf(disk, since)
  let position = start.position
  /** Documents that come before the changes of the log go on. */
  let backlog: readonly TinyChange[] = []
  const sendAll = (): void => {
    backlog = currentDocuments(disk)
    position = disk.sequence
  }
  let proofs: readonly Proof[] = [{ sequence: disk.sequence, asOf: clock.monotonic() }]
  let probesSeen = probes.length
  const at = (sequence: bigint): { readonly partition: 0; readonly feedToken: FeedToken } => ({
    partition: 0,
    feedToken: feedTokenAt(disk, sequence),
  })
  if (start.isForeign) yield { type: 'rolled-back', ...at(0n) }
  if (start.isWhole) sendAll()

  while (!isClosed() && signal?.aborted !== true) {
    begin()
    proofs = [...proofs, ...probes.slice(probesSeen)]
    probesSeen = probes.length
    const [proof] = proofs
    const [document, ...rest] = backlog
    if (document) {
      backlog = rest
    } else if (position < disk.floor) {
      sendAll()
      proofs = [...proofs, { sequence: position, asOf: clock.monotonic() }]
      yield { type: 'lost', ...at(0n) }
      continue
    } else if (proof && position >= proof.sequence) {
      proofs = proofs.slice(1)
      yield { type: 'caught-up', asOf: proof.asOf, ...at(position) }
      continue
    }
    const change = document ?? disk.log[Number(position - disk.floor)]
    if (!change) {
      await woken(disk, signal)
      continue
    }
    if (!document) position = change.token
    const isWanted = kinds?.includes(change.key.split(':')[0] ?? '') ?? true
    const message = isWanted ? messageOf(disk, change, keysOnly) : undefined
    if (message) yield { ...message, ...at(change.token) }
  }
}

function startOf(disk: TinyDisk, since: string): { position: bigint; isWhole: boolean; isForeign: boolean } {
  if (since === 'now') return { position: disk.sequence, isWhole: false, isForeign: false }
  if (since === 'beginning') return { position: 0n, isWhole: true, isForeign: false }
  const [, id, digits] = /^(disk\d+)@(\d{1,18})$/.exec(since) ?? []
  if (digits === undefined) throw new InvalidArgumentError(`${since} is no token of a tiny feed`)
  const position = BigInt(digits)
  const isForeign = id !== disk.id || position > disk.sequence
  return { position: isForeign ? 0n : position, isWhole: isForeign, isForeign }
}

/** All documents in the order of their last writes. */
function currentDocuments(disk: TinyDisk): readonly TinyChange[] {
  return [...disk.documents]
    .map(([key, { token }]) => ({ key, token, type: 'document' }) as const)
    .toSorted((left, right) => Number(left.token - right.token))
}

function messageOf(disk: TinyDisk, { key, token, type }: TinyChange, keysOnly: boolean): TinyMessage | undefined {
  if (type !== 'document') return { type: 'removed', key, token, reason: type }
  const document = disk.documents.get(key)
  // A later change of the log names it again.
  if (document?.token !== token) return undefined
  return { type, key, token, bytes: keysOnly ? undefined : document.bytes.slice() }
}

function woken(disk: TinyDisk, signal: AbortSignal | undefined): Promise<void> {
  return new Promise(resolve => {
    const wake = (): void => {
      disk.sleepers.delete(wake)
      signal?.removeEventListener('abort', wake)
      resolve()
    }
    disk.sleepers.add(wake)
    signal?.addEventListener('abort', wake)
  })
}
