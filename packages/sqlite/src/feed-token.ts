import { type FeedToken, InvalidArgumentError } from '@scopes/core'

/** Where a reader of the feed stands. */
export interface FeedPosition {
  /** The history that the numbers belong to. */
  readonly branch: string
  /** Every change up to this one has been delivered, or belongs to a document that `scan` will still deliver. */
  readonly seq: number
  /** Set while all current documents are being delivered. */
  readonly scan: FeedScan | undefined
}

/** How far the delivery of all documents has come. */
interface FeedScan {
  /** Documents up to this row have been delivered. */
  readonly afterId: number
  /** Where the log ended when the scan began: what has changed since comes by the log and is left out of the scan. */
  readonly untilSeq: number
}

const pattern = /^sq1-([0-9a-f]{16})-([0-9a-z]{1,11})(?:-([0-9a-z]{1,11})-([0-9a-z]{1,11}))?$/

/** The token of a position: `sq1-<branch>-<seq>`, and in a scan `-<afterId>-<untilSeq>`; numbers to the base of 36. */
export function encodeFeedToken({ branch, seq, scan }: FeedPosition): FeedToken {
  const base = `sq1-${branch}-${seq.toString(36)}`
  return (scan ? `${base}-${scan.afterId.toString(36)}-${scan.untilSeq.toString(36)}` : base) as FeedToken
}

/** The position of a token. Throws `InvalidArgumentError` when a SQLite store cannot have handed it out. */
export function decodeFeedToken(token: FeedToken): FeedPosition {
  const [, branch, seq, afterId, untilSeq] = pattern.exec(token) ?? []
  if (branch === undefined || seq === undefined) {
    throw new InvalidArgumentError(`${JSON.stringify(token)} is no token of a SQLite store's feed.`)
  }
  const scan =
    afterId !== undefined && untilSeq !== undefined
      ? { afterId: parseInt(afterId, 36), untilSeq: parseInt(untilSeq, 36) }
      : undefined
  return { branch, seq: parseInt(seq, 36), scan }
}
