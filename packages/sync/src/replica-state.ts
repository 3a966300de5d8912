import { type CommitId, type DocumentOutline, type Life, type StoreToken, compareTokens } from '@scopes/core'

/** Where a document stands in the history of its scope. */
export interface ReplicaPosition {
  readonly isEnded: boolean
  readonly life: Life
  readonly version: number
  readonly commitId: CommitId
}

/** What is known of a scope that nobody in this process holds. `token`: of the newest that was seen of it. */
export type ReplicaState =
  /** Nothing. */
  | { readonly type: 'none' }
  /** Its document, which is what the store has, for all that the feed has told. */
  | { readonly type: 'held'; readonly token: StoreToken; readonly position: ReplicaPosition }
  /** There is one, and this process does not have it. */
  | { readonly type: 'behind'; readonly token: StoreToken }
  /** Two histories that exclude each other were seen: whatever the feed brings, only the store can tell. */
  | { readonly type: 'doubtful'; readonly token: StoreToken }
  /** There is none. */
  | { readonly type: 'gone'; readonly token: StoreToken }

/** What happens to a replica. */
export type ReplicaEvent =
  /** The feed brings the document. */
  | { readonly type: 'document'; readonly token: StoreToken; readonly outline: DocumentOutline }
  /** The feed says that the document has changed, and does not bring it. */
  | { readonly type: 'announced'; readonly token: StoreToken }
  /** The feed says that the document is gone. */
  | { readonly type: 'removed'; readonly token: StoreToken }
  /** Whoever holds the scope shows this: read, acknowledged, or folded from the feed with all that is known. */
  | { readonly type: 'set'; readonly token: StoreToken; readonly position: ReplicaPosition }
  /** Whoever holds the scope shows nothing. `token` is 0 when nothing was ever seen of it. */
  | { readonly type: 'deleted'; readonly token: StoreToken }
  /** Its value was given up, where it stands is still known. */
  | { readonly type: 'unpacked' }
  /** Its bytes cannot be read. */
  | { readonly type: 'unreadable' }
  /** What the feed told of the partition may have been taken back, or was not all. */
  | { readonly type: 'distrusted' }
  /** Others need the room. */
  | { readonly type: 'evicted' }

/** What becomes of the value: it stays, the one that came takes its place, or there is none. */
export type ValueEffect = 'keep' | 'take' | 'drop'

/** The next state, and what becomes of the value. */
export interface ReplicaTransition {
  readonly state: ReplicaState
  readonly value: ValueEffect
}

/**
 * The state of a replica after an event. Pure; transitions: SPEC.md. Nobody is told of anything here, so whatever a subscriber would
 * be told with care is given up instead: the next `open` asks the store.
 */
export function nextReplica(state: ReplicaState, event: ReplicaEvent): ReplicaTransition {
  switch (event.type) {
    case 'document':
      return documentCame(state, event)
    case 'announced':
      return announced(state, event.token)
    case 'removed':
      return removed(state, event.token)
    case 'set':
      return { state: { type: 'held', token: event.token, position: event.position }, value: 'take' }
    case 'deleted':
      // Of what was never seen to be there nothing is kept: anybody may ask for ids that do not exist.
      return without(event.token === 0n ? { type: 'none' } : { type: 'gone', token: event.token })
    case 'unpacked':
      return state.type === 'held' ? without({ type: 'behind', token: state.token }) : stay(state)
    case 'unreadable':
      return state.type === 'held' ? without({ type: 'doubtful', token: state.token }) : stay(state)
    case 'distrusted':
    case 'evicted':
      return without({ type: 'none' })
    default:
      return event satisfies never
  }
}

function documentCame(
  state: ReplicaState,
  { token, outline }: Extract<ReplicaEvent, { type: 'document' }>,
): ReplicaTransition {
  const { isEnded, life, version, commitId } = outline
  const taken: ReplicaTransition = {
    state: { type: 'held', token, position: { isEnded, life, version, commitId } },
    value: 'take',
  }
  switch (state.type) {
    case 'none':
      return taken
    case 'held':
      // token-order
      if (compareTokens(token, state.token) < 0) return stay(state)
      return mayFollow(state.position, outline) ? taken : without({ type: 'doubtful', token })
    case 'behind':
      return compareTokens(token, state.token) < 0 ? stay(state) : taken
    case 'doubtful':
      return stay({ type: 'doubtful', token: newest(state.token, token) })
    case 'gone':
      // absent-token
      return compareTokens(token, state.token) <= 0 ? stay(state) : taken
    default:
      return state satisfies never
  }
}

/** Whether the document can come later than what is held, by lives and ids alone (replica protocol §3). */
function mayFollow(position: ReplicaPosition, outline: DocumentOutline): boolean {
  // past-only: of two lives the store decides.
  if (outline.life !== position.life) return false
  if (outline.version < position.version) return false
  // fence: nothing follows an end but itself.
  if (position.isEnded && !outline.isEnded) return false
  // commit-id, link, conflict; a document that is too far ahead to name the id is believed.
  const named = outline.idAt(position.version)
  return named === undefined || named === position.commitId
}

function announced(state: ReplicaState, token: StoreToken): ReplicaTransition {
  switch (state.type) {
    case 'none':
      return stay(state)
    case 'held':
    case 'gone':
      return compareTokens(token, state.token) <= 0 ? stay(state) : without({ type: 'behind', token })
    case 'behind':
    case 'doubtful':
      return stay({ type: state.type, token: newest(state.token, token) })
    default:
      return state satisfies never
  }
}

function removed(state: ReplicaState, token: StoreToken): ReplicaTransition {
  switch (state.type) {
    case 'none':
      return without({ type: 'gone', token })
    case 'held':
    case 'behind':
      return compareTokens(token, state.token) < 0 ? stay(state) : without({ type: 'gone', token })
    case 'doubtful':
    case 'gone':
      return stay({ type: state.type, token: newest(state.token, token) })
    default:
      return state satisfies never
  }
}

function newest(left: StoreToken, right: StoreToken): StoreToken {
  return compareTokens(left, right) < 0 ? right : left
}

function stay(state: ReplicaState): ReplicaTransition {
  return { state, value: 'keep' }
}

function without(state: ReplicaState): ReplicaTransition {
  return { state, value: 'drop' }
}
