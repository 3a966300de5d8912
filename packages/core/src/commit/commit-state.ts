import { hasId, idAt, knownIds } from '../document/commit-ids.ts'
import type { CommitId, Life, ScopeDocument } from '../document/scope-document.ts'
import type { WriteOutcome } from '../errors.ts'
import type { StoreToken } from '../document/stored-document.ts'

/** A scope as a load showed it; undefined: there was no document. */
export type View = { readonly document: ScopeDocument; readonly token: StoreToken } | undefined

/** The last request that may still land, because its answer never came. */
interface Doubt {
  /** The token it carried; undefined: an insert. */
  readonly token: StoreToken | undefined
}

/** One write through all its tries. */
export interface Work {
  /** Of each undecided commit the ids of all its tries, newest last. Empty for a renewal, which is no commit. */
  readonly commits: readonly (readonly CommitId[])[]
  /** What the frames were computed from; undefined while the write creates the life. */
  readonly base: { readonly version: number; readonly commitId: CommitId; readonly token: StoreToken } | undefined
  /** The life that is written to, or that is being created. */
  readonly life: Life | undefined
  /** The token of the end marker that a creation replaces; undefined when it inserts, or does not create. */
  readonly over: StoreToken | undefined
  /** Requests sent so far. */
  readonly attempts: number
  readonly doubt: Doubt | undefined
}

/** How a write ended. */
export type Verdict =
  /** The store said so. */
  | { readonly type: 'done'; readonly token: StoreToken }
  /** A load showed that all commits are stored; or there was nothing left to write. */
  | { readonly type: 'settled' }
  /** The life is over. */
  | { readonly type: 'ended'; readonly outcome: WriteOutcome }
  /** No further try: out of attempts or time, or the document no longer says what became of the first ones. */
  | { readonly type: 'given-up'; readonly outcome: WriteOutcome }
  /** The store refused for a reason of its own; nothing was sent that could land. */
  | { readonly type: 'failed' }

/** Where a write stands. The driver does what the state asks for and reports with an event. */
export type CommitState =
  /** Compute the commits from `view`, each with a new id. */
  | { readonly type: 'composing'; readonly work: Work; readonly view: View }
  /** Send the request; or, with `repeat`, the same commits again with the same ids on `view`. */
  | { readonly type: 'sending'; readonly work: Work; readonly repeat: { readonly view: View } | undefined }
  /** Load the document. */
  | { readonly type: 'checking'; readonly work: Work }
  /** Wait a little, after a failure or for others, then load. */
  | { readonly type: 'pausing'; readonly work: Work }
  | { readonly type: 'finished'; readonly work: Work; readonly verdict: Verdict }

/** What the driver reports. */
export type CommitEvent =
  /** The request is ready: of each commit the ids of all its tries, and what this one was computed from. */
  | {
      readonly type: 'composed'
      readonly commits: Work['commits']
      readonly base: Work['base']
      readonly life: Life
      readonly over: StoreToken | undefined
    }
  /** No commit has anything to write, or wants to be sent again. */
  | { readonly type: 'emptied' }
  | { readonly type: 'done'; readonly token: StoreToken }
  /** Stale, exists or missing: this request was not executed. */
  | { readonly type: 'refused' }
  /** Nobody knows whether the request was or will be executed. */
  | { readonly type: 'ambiguous' }
  /** The store failed before it executed the request. */
  | { readonly type: 'failed' }
  /** `mayTry`: attempts and time are left. `mustYield`: others go first. */
  | { readonly type: 'loaded'; readonly view: View; readonly mayTry: boolean; readonly mustYield: boolean }
  | { readonly type: 'load-failed'; readonly mayTry: boolean }
  | { readonly type: 'resumed' }

/** A transition: the next state, and how many of the first commits a load has shown to be stored. */
export interface Transition {
  readonly state: CommitState
  readonly landed: number
}

/** The state of a write that has not been computed yet. */
export function beginWrite(view: View): CommitState {
  const work = { commits: [], base: undefined, life: undefined, over: undefined, attempts: 0, doubt: undefined }
  return { type: 'composing', work, view }
}

/**
 * The next state of a write (facts: commit protocol §2). Pure; an event that a state does not expect leaves it as it is.
 * Transitions: SPEC.md.
 */
export function nextCommitState(state: CommitState, event: CommitEvent): Transition {
  switch (state.type) {
    case 'composing':
      if (event.type === 'composed')
        return to({ type: 'sending', work: composed(state.work, event), repeat: undefined })
      if (event.type === 'emptied') return finish(state.work, { type: 'settled' })
      return to(state)
    case 'sending':
      return answered(state, event)
    case 'checking':
      if (event.type === 'loaded') return settle(state.work, event)
      if (event.type === 'load-failed') {
        return event.mayTry ? to({ type: 'pausing', work: state.work }) : finish(state.work, withoutView(state.work))
      }
      return to(state)
    case 'pausing':
      return to(event.type === 'resumed' ? { type: 'checking', work: state.work } : state)
    case 'finished':
      return to(state)
    default:
      return state satisfies never
  }
}

function composed({ attempts }: Work, { commits, base, life, over }: Extract<CommitEvent, { type: 'composed' }>): Work {
  return { commits, base, life, over, attempts: attempts + 1, doubt: undefined }
}

function answered(state: Extract<CommitState, { type: 'sending' }>, event: CommitEvent): Transition {
  const { work } = state
  switch (event.type) {
    case 'done':
      return finish(work, { type: 'done', token: event.token })
    case 'refused':
      return to({ type: 'checking', work })
    case 'ambiguous':
      return to(look({ ...work, doubt: { token: work.base?.token ?? work.over } }))
    case 'emptied':
      return finish(work, { type: 'settled' })
    case 'failed':
      return work.doubt ? to({ type: 'pausing', work }) : finish(work, { type: 'failed' })
    default:
      return to(state)
  }
}

/** After the first try at once; a store that goes on failing gets a pause. */
function look(work: Work): CommitState {
  return { type: work.attempts > 1 ? 'pausing' : 'checking', work }
}

/** What a load after an own write means, whatever its answer was (C3). Numbered as in the commit protocol. */
function settle(work: Work, { view, mayTry, mustYield }: Extract<CommitEvent, { type: 'loaded' }>): Transition {
  const document = view?.document
  const isCreating = work.base === undefined
  // 1: an id found proves the commits before it in the same request (C4); so does the life drawn for a creation.
  const landed =
    document === undefined
      ? 0
      : isCreating && document.life === work.life
        ? work.commits.length
        : work.commits.findLastIndex(ids => ids.some(id => hasId(document, id))) + 1
  const rest = { ...work, commits: work.commits.slice(landed) }
  if (rest.commits.length === 0) return finish(rest, { type: 'settled' }, landed)
  const doubtful: WriteOutcome = work.doubt ? 'unknown' : 'none'
  const giveUp = (): Transition =>
    finish(rest, { type: 'given-up', outcome: mayLand(work, view) ? 'unknown' : 'none' }, landed)

  // 2: nothing is there.
  if (view === undefined || document === undefined) {
    if (!isCreating) return finish(rest, { type: 'ended', outcome: doubtful }, landed)
    if (mayTry) return to(repeat({ ...rest, over: undefined }, view), landed)
    // A try in doubt may have landed, and what it made may be over and gone.
    return finish(rest, { type: 'given-up', outcome: doubtful }, landed)
  }
  // The end marker that the creation was to replace is still there: the same again (L3), for its token fences one of the two.
  if (isCreating && work.doubt && view.token === work.over) return mayTry ? to(repeat(rest, view), landed) : giveUp()
  // 3: another life.
  if (document.life !== work.life) {
    if (!isCreating || work.doubt) return finish(rest, { type: 'ended', outcome: doubtful }, landed)
    return mayTry ? to({ type: 'composing', work: rest, view }, landed) : giveUp()
  }
  // 4: an ambiguous try can only have landed right after its base; where the ids do not reach back so far, nobody knows (C5).
  if (work.doubt && document.version - (work.base?.version ?? 0) > knownIds(document)) {
    return finish(rest, { type: 'given-up', outcome: 'unknown' }, landed)
  }
  // 5: the end marker of this life, without these commits.
  if (document.type === 'ended') return finish(rest, { type: 'ended', outcome: 'none' }, landed)
  if (!mayTry) return giveUp()
  // 6: the same state, only the token moved (C1): the same commits with the same ids.
  const { base } = work
  if (landed === 0 && base && document.version === base.version && idAt(document, base.version) === base.commitId) {
    const doubt = work.doubt?.token === view.token ? work.doubt : undefined
    return to(repeat({ ...rest, base: { ...base, token: view.token }, doubt }, view))
  }
  // 7: another state. No request of this write can land any more, so the pause may be as long as it likes.
  const fenced = { ...rest, doubt: undefined }
  return to(mustYield ? { type: 'pausing', work: fenced } : { type: 'composing', work: fenced, view }, landed)
}

/** Whether the doubtful request still fits what is there. */
function mayLand({ doubt }: Work, view: View): boolean {
  return doubt !== undefined && (doubt.token === undefined ? view === undefined : view?.token === doubt.token)
}

function withoutView(work: Work): Verdict {
  return work.doubt ? { type: 'given-up', outcome: 'unknown' } : { type: 'failed' }
}

function repeat(work: Work, view: View): CommitState {
  return { type: 'sending', work: { ...work, attempts: work.attempts + 1 }, repeat: { view } }
}

function finish(work: Work, verdict: Verdict, landed = 0): Transition {
  return { state: { type: 'finished', work, verdict }, landed }
}

function to(state: CommitState, landed = 0): Transition {
  return { state, landed }
}
