/** A state that was changed, and what changed in it. */
interface Recorded {
  readonly diff: unknown
  readonly ops: readonly unknown[]
  readonly state: object
}

/** A living document as core decodes it. */
interface DecodedDocument {
  readonly type: 'live' | 'ended'
  readonly life: string
  readonly version: number
  readonly deadline: number
  readonly state: object
}

/** What a commit frame is made of. */
interface CommitFacts {
  readonly life: string
  readonly version: number
  readonly commitId: string
  readonly deadline: number
  readonly baseVersion: number
  readonly schemaVersion: number
  readonly at: number
  readonly origin: { readonly process: string }
  readonly diff: unknown
  readonly ops: readonly unknown[]
}

/** A commit with its frame. */
type EncodedCommit = CommitFacts & Recorded & { readonly frame: Uint8Array }

/** The parts of core that an update is made of and that nobody but core itself may use. */
export interface CoreParts {
  readonly pack: (value: unknown) => Uint8Array
  readonly record: (base: object, recipe: (draft: never) => unknown) => Recorded | undefined
  readonly encodeCommit: (facts: CommitFacts) => Uint8Array
  readonly decodeDocument: (bytes: Uint8Array) => DecodedDocument
  readonly appendCommits: (document: DecodedDocument, commits: readonly EncodedCommit[]) => DecodedDocument
  readonly mustCompact: (document: DecodedDocument, addedBytes: number, addedFrames: number) => boolean
  readonly compact: (grown: { readonly document: DecodedDocument; readonly deadline: number }) => {
    readonly bytes: Uint8Array
  }
}

/**
 * They are taken from core's build, past its index: what an update computes cannot be measured apart from what a store
 * costs in any other way.
 */
export async function loadCoreParts(): Promise<CoreParts> {
  const index = import.meta.resolve('@scopes/core')
  const parts = [
    'draft/record.js',
    'document/encode.js',
    'document/decode.js',
    'document/compaction.js',
    'document/packer.js',
  ]
  const modules = await Promise.all(parts.map(async part => (await import(new URL(part, index).href)) as object))
  return Object.assign({}, ...modules) as CoreParts
}
