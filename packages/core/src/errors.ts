import type { Path } from './value/path.ts'

/** What one code means. */
export interface ErrorMeaning {
  /** The HTTP status that it stands for. */
  readonly status: number
  /** The same call may succeed later. */
  readonly isRetryable: boolean
  /** What has happened. */
  readonly meaning: string
  /** What to do about it. */
  readonly advice: string
}

/** Every code that a `ScopesError` can have. The list is closed: a new code is a new release. */
export const errorCodes: Readonly<Record<ErrorCode, ErrorMeaning>> = {
  conflict: {
    status: 409,
    isRetryable: true,
    meaning: 'Others changed the scope in each of the attempts, or what a policy guards; nothing was written.',
    advice:
      'Try again later, on the current value. Where it happens often, change less in one scope, use ops or merge policies, or take a lock.',
  },
  ended: {
    status: 409,
    isRetryable: false,
    meaning: 'The scope has ended, or its id was rotated; a late write never revives it.',
    advice: 'Open it anew, or send the visitor to the login page.',
  },
  'too-large': {
    status: 413,
    isRetryable: false,
    meaning:
      'The state would exceed the byte limit of its definition, or has no room in a document of the store; nothing was written.',
    advice:
      'Keep less in it (the error names the biggest paths), move a part to a scope of its own, or raise limits.bytes.',
  },
  'invalid-state': {
    status: 422,
    isRetryable: false,
    meaning: 'A value cannot be stored, or is not as the schema says; nothing was written.',
    advice: 'Store plain data of the closed list of types, as the schema wants it; the error names the path.',
  },
  policy: {
    status: 500,
    isRetryable: false,
    meaning: 'A merge policy threw; nothing was written.',
    advice: 'Mend the policy: it must give a value for every two changes. What it threw is the cause.',
  },
  unreadable: {
    status: 500,
    isRetryable: false,
    meaning: 'The stored document is damaged, foreign or of a newer schema version; it was left as it is.',
    advice:
      'Deploy the version that wrote it; or look at it with the inspector, and put a backup in its place or purge it.',
  },
  'store-unavailable': {
    status: 503,
    isRetryable: true,
    meaning: 'The store did not answer, or refused for a reason of its own.',
    advice:
      'Look at the store: the cause has its words. Try again; after a write whose outcome is unknown, open the scope and look before you do.',
  },
  'not-loaded': {
    status: 500,
    isRetryable: false,
    meaning: 'A scope was read synchronously before it was loaded in this request.',
    advice: 'Put web.with(name) before the handler, or await web.<name>(…) in it.',
  },
  'headers-sent': {
    status: 500,
    isRetryable: false,
    meaning: 'A draft was changed after the response head had been sent.',
    advice: 'Change it before the answer, or use update(), which stores at once.',
  },
  uncommitted: {
    status: 500,
    isRetryable: false,
    meaning:
      'A raw response was begun while a draft held changes that are not stored, or a commit failed and the draft is used on.',
    advice:
      'await session.commit() before the head is written; after a commit that failed call it again, or answer with an error.',
  },
  'lock-timeout': {
    status: 500,
    isRetryable: true,
    meaning: 'A lock was not free within its time-out.',
    advice:
      'Try again, wait longer (timeoutMs), or do less in the body; where the error names locks that are held, take them in the same order everywhere.',
  },
  'lock-lost': {
    status: 500,
    isRetryable: true,
    meaning: 'A lock was taken over by another holder; nothing more is written in its name.',
    advice: 'Stop what its body does, and do it again under the lock.',
  },
  'lock-upgrade': {
    status: 500,
    isRetryable: false,
    meaning: 'A readonly lock was asked to become exclusive.',
    advice: 'Take it as exclusive from the beginning.',
  },
  'invalid-argument': {
    status: 500,
    isRetryable: false,
    meaning: 'An argument or option has a value that is not allowed; the message names it.',
    advice: 'Mend the call.',
  },
}

/** The code of a `ScopesError`. */
export type ErrorCode =
  | 'conflict'
  | 'ended'
  | 'too-large'
  | 'invalid-state'
  | 'policy'
  | 'unreadable'
  | 'store-unavailable'
  | 'not-loaded'
  | 'headers-sent'
  | 'uncommitted'
  | 'lock-timeout'
  | 'lock-lost'
  | 'lock-upgrade'
  | 'invalid-argument'

/**
 * Whether a write that was reported as failed may be in the stored state all the same.
 * `none`: it is not and never will be. `unknown`: it may be, or may still land.
 */
export type WriteOutcome = 'none' | 'unknown'

/** What a `ScopesError` can carry besides its message. */
export interface ScopesErrorOptions {
  readonly cause?: unknown
  readonly outcome?: WriteOutcome | undefined
}

/**
 * The root of every error that this library throws. `code` says what happened; `cause` is the error beneath it;
 * `status` (and the same number as `statusCode`) is what an HTTP framework should answer.
 */
export class ScopesError extends Error {
  readonly code: ErrorCode
  /** Set on errors of a write. */
  readonly outcome: WriteOutcome | undefined
  /** The HTTP status of the code. A property and no accessor: Koa's own error page assigns to it. */
  readonly status: number
  /** The same number as `status`, under the name that Fastify reads. */
  readonly statusCode: number

  constructor(code: ErrorCode, message: string, options: ScopesErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = new.target.name
    this.code = code
    this.outcome = options.outcome
    this.status = errorCodes[code].status
    this.statusCode = this.status
  }
}

/** A place that two commits changed and that a `reject()` policy keeps from being merged; undefined is absent. */
export interface RejectedChange {
  readonly path: Path
  /** What the two did to it, as in a conflict that was decided. */
  readonly kind: string
  readonly base: unknown
  /** Of the commit that was refused. */
  readonly ours: unknown
  /** As it is stored. */
  readonly theirs: unknown
}

/**
 * Others changed the scope in every attempt, or a place that a `reject()` policy guards. Nothing was written and nothing
 * of it will land: try again later, on the current value.
 */
export class ConflictError extends ScopesError {
  /** How often the write was tried; not counted where `reject()` or `onConflict: 'fail'` refused it. */
  readonly attempts: number
  /** The places that a `reject()` policy guards; empty when that is not the reason. */
  readonly rejected: readonly RejectedChange[]

  constructor(
    message: string,
    options: ScopesErrorOptions & { readonly attempts: number; readonly rejected?: readonly RejectedChange[] },
  ) {
    super('conflict', message, { ...options, outcome: 'none' })
    this.attempts = options.attempts
    this.rejected = options.rejected ?? []
  }
}

/** Why a scope ended. */
export type EndReason = 'expired' | 'ended' | 'rotated'

/** The scope has ended. Open it anew, or send the visitor to the login page; the write is not carried anywhere else. */
export class ScopeEndedError extends ScopesError {
  /** Why, when the end marker is still there to say so. */
  readonly reason: EndReason | undefined
  /** The word given to `end`, such as `logout`. */
  readonly detail: string | undefined

  constructor(
    message: string,
    options: ScopesErrorOptions & {
      readonly reason?: EndReason | undefined
      readonly detail?: string | undefined
    } = {},
  ) {
    super('ended', message, { outcome: 'none', ...options })
    this.reason = options.reason
    this.detail = options.detail
  }
}

/** One part of a state and its encoded size in bytes. */
export interface PathSize {
  readonly path: Path
  readonly bytes: number
}

/** The state would exceed `limits.bytes`, or has no room in a document of the store. Nothing was written; `biggest` names what takes the room, largest first. */
export class ScopeTooLargeError extends ScopesError {
  readonly bytes: number
  readonly limit: number
  readonly biggest: readonly PathSize[]

  constructor(
    message: string,
    options: ScopesErrorOptions & {
      readonly bytes: number
      readonly limit: number
      readonly biggest: readonly PathSize[]
    },
  ) {
    super('too-large', message, { outcome: 'none', ...options })
    this.bytes = options.bytes
    this.limit = options.limit
    this.biggest = options.biggest
  }
}

/** What a schema has to say against a state. */
export interface StateIssue {
  /** In the words of the schema. */
  readonly message: string
  readonly path: Path
}

/** A value cannot be stored. Nothing was written; `path` is where it stands in the state. */
export class InvalidStateError extends ScopesError {
  readonly path: Path
  /** What the schema of the definition found, the first one at `path`; empty when the value can be stored in no scope. */
  readonly issues: readonly StateIssue[]

  constructor(
    message: string,
    options: ScopesErrorOptions & { readonly path: Path; readonly issues?: readonly StateIssue[] },
  ) {
    super('invalid-state', message, { ...options, outcome: 'none' })
    this.path = options.path
    this.issues = options.issues ?? []
  }
}

/** A merge policy of the definition threw. Nothing was written; `cause` is what it threw, `path` the place it was asked for. */
export class PolicyError extends ScopesError {
  readonly path: Path

  constructor(message: string, options: ScopesErrorOptions & { readonly path: Path }) {
    super('policy', message, { ...options, outcome: 'none' })
    this.path = options.path
  }
}

/**
 * A stored document is damaged, foreign, of an unknown format or of a schema version that this process cannot show. It is
 * left as it is; other scopes go on.
 */
export class UnreadableDocumentError extends ScopesError {
  /** The document key, when it is known where the bytes came from. */
  readonly key: string | undefined

  constructor(message: string, options: ScopesErrorOptions & { readonly key?: string | undefined } = {}) {
    super('unreadable', message, options)
    this.key = options.key
  }
}

/**
 * The store did not answer in time or refused. `outcome` says whether the write may have happened; a store that cannot be
 * certain that it did not and will not says `unknown`.
 */
export class StoreUnavailableError extends ScopesError {
  constructor(message: string, options: ScopesErrorOptions = {}) {
    super('store-unavailable', message, { outcome: 'none', ...options })
  }
}

/** A scope was asked for synchronously before it was loaded: load it with `web.with(name)` or `await web.name(from)`. */
export class NotLoadedError extends ScopesError {
  constructor(message: string, options: ScopesErrorOptions = {}) {
    super('not-loaded', message, options)
  }
}

/** The response head is out, so neither this change nor a cookie can be sent any more. */
export class HeadersSentError extends ScopesError {
  constructor(message: string, options: ScopesErrorOptions = {}) {
    super('headers-sent', message, { outcome: 'none', ...options })
  }
}

/** A lock was not free within its time-out; its body did not run. */
export class LockTimeoutError extends ScopesError {
  /** The lock, by its document key. */
  readonly lock: string
  readonly type: 'exclusive' | 'readonly'
  readonly timeoutMs: number
  /** The processes that held the lock when it was last seen. */
  readonly holders: readonly string[]
  /** Other locks that the caller holds meanwhile, outermost first: if a holder waits for one of them, the order is at fault. */
  readonly held: readonly string[]

  constructor(
    message: string,
    options: ScopesErrorOptions & Pick<LockTimeoutError, 'lock' | 'type' | 'timeoutMs' | 'holders' | 'held'>,
  ) {
    super('lock-timeout', message, { outcome: 'none', ...options })
    this.lock = options.lock
    this.type = options.type
    this.timeoutMs = options.timeoutMs
    this.holders = options.holders
    this.held = options.held
  }
}

/** A lock is held no more, so nothing was written in its name; somebody else may hold it. */
export class LockLostError extends ScopesError {
  /** The lock, by its document key. */
  readonly lock: string

  constructor(message: string, options: ScopesErrorOptions & { readonly lock: string }) {
    super('lock-lost', message, { outcome: 'none', ...options })
    this.lock = options.lock
  }
}

/** An argument or option is not allowed; the message names it and says what is. */
export class InvalidArgumentError extends ScopesError {
  constructor(message: string, options: ScopesErrorOptions = {}) {
    super('invalid-argument', message, { outcome: 'none', ...options })
  }
}
