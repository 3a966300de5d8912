import type { OnConflict } from '@scopes/core'
import type { History, HistoryEvent } from '@scopes/testing'
import type { Outcome } from '../judge.ts'
import type { Operation, Sheet, SheetName } from '../sheet.ts'
import type { HoldPoint } from './held-store.ts'
import type { RecordingPlan } from './recording.ts'

/** What a process of writers is given. */
export interface WriterInput {
  readonly store: string
  /** Where its documents are: a directory, or an address. */
  readonly place: string
  readonly cluster: boolean
}

/** What it can be asked, and what it answers: `[question, answer]`. */
export interface Dialogue {
  /** Begins a draft for each operation and makes its change, without committing it. */
  begin: [question: { readonly sheet: SheetName; readonly operations: readonly Operation[] }, answer: void]
  /** Commits what was begun on it, all at once; in the order of the operations. */
  commit: [question: { readonly sheet: SheetName; readonly onConflict?: 'merge' | 'fail' }, answer: readonly Outcome[]]
  /** So many writers at once, each operation after the one before; in the order of the lanes. */
  write: [
    question: {
      readonly sheet: SheetName
      readonly lanes: readonly (readonly Operation[])[]
      /** Each writer has one handle for all it does, opened before anybody writes. Default: a new one each time. */
      readonly keepsHandles?: boolean
    },
    answer: readonly (readonly Outcome[])[],
  ]
  /** One update, with its options. `runs` is how often its recipe ran. */
  update: [
    question: {
      readonly sheet: SheetName
      readonly operation: Operation
      readonly onConflict?: OnConflict
      readonly attempts?: number
      /** It can be aborted. */
      readonly isAbortable?: boolean
    },
    answer: { readonly outcome: Outcome; readonly runs: number },
  ]
  /** Aborts the updates that can be. */
  abort: [question: object, answer: void]
  /** Does nothing: when the answer is there, so is all that was told before. */
  answer: [question: object, answer: void]
  /** A fresh handle's view. */
  read: [question: SheetName, answer: View]
  end: [question: SheetName, answer: void]
  /** @returns the new id */
  rotate: [question: SheetName, answer: string]
  /** What the store holds of it, also of its end. */
  final: [question: SheetName, answer: Final | undefined]
  /** Afterwards no mutation goes on from there. */
  hold: [question: { readonly at: HoldPoint }, answer: void]
  /** Lets those go on that are held now, and no others. */
  letOn: [question: object, answer: void]
  release: [question: object, answer: void]
  /** Writes as the plan says, and tells what happens. */
  record: [question: RecordingPlan, answer: void]
  /** The states that the scopes of `record` have at the end, ended ones included. */
  finals: [question: object, answer: History]
  /** Resolves when all observers have been told of these states. */
  settle: [question: History, answer: void]
  /** Opens a web application. @returns its address */
  serve: [question: object, answer: string]
  /** Lets go what waits at a pause of this name, now or later. */
  go: [question: { readonly pause: string }, answer: void]
  /** Afterwards it is so much later for this process. */
  wait: [question: { readonly ms: number }, answer: void]
}

/** A sheet as a reader sees it. */
export interface View {
  readonly isStored: boolean
  readonly value: Sheet
  readonly version: number
  readonly endedBy: string | undefined
}

/** A sheet as it is stored. */
export interface Final {
  readonly isEnded: boolean
  readonly value: Sheet | undefined
  readonly version: number
}

/** What it tells. */
export type Told =
  | { readonly type: 'ready' }
  | { readonly type: 'answer'; readonly number: number; readonly answer: unknown }
  | { readonly type: 'failed'; readonly number: number; readonly error: string }
  /** An operation of `write` is stored. */
  | { readonly type: 'acknowledged'; readonly mark: string }
  /** A mutation leaves for the store, or the store has executed it. */
  | { readonly type: HoldPoint }
  /** A request waits at a pause. */
  | { readonly type: 'pausing'; readonly pause: string }
  /** Something of the history of `record`. */
  | { readonly type: 'happened'; readonly event: HistoryEvent }
  /** A merge decided between two changes of one place. */
  | { readonly type: 'conflict'; readonly path: string; readonly lost: string }

/** A question on its way. */
export type Asked = {
  [Name in keyof Dialogue]: { readonly number: number; readonly name: Name; readonly question: Dialogue[Name][0] }
}[keyof Dialogue]
