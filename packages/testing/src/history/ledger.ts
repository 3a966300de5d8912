/** The state that a history is about: whatever is written to it leaves traces that later prove what was applied. */
export interface Ledger {
  /** Marks in the order in which they came. */
  list: string[]
  /** A field of its own for each mark. */
  fields: Record<string, string>
  /** Marks. */
  members: Set<string>
  /** How many of the writes that count are in it. */
  count: number
  /** The mark of the write that came last. */
  last: string
}

/** A ledger as it may be read. */
export interface LedgerView {
  readonly list: readonly string[]
  readonly fields: Readonly<Record<string, string>>
  readonly members: ReadonlySet<string>
  readonly count: number
  readonly last: string
}

/** Where a write leaves its mark. The first three name it; a write has at least one of them. */
export type Trace = 'list' | 'field' | 'member' | 'count' | 'last'

/** One write to a ledger: all of it is applied, or nothing. */
export interface LedgerWrite {
  /** Unique in the history. */
  readonly mark: string
  readonly traces: readonly Trace[]
  /** The mark of an earlier write whose traces by name it takes away. */
  readonly clears?: string | undefined
  /** Characters that it stores beside its mark in `fields`. */
  readonly padding?: number | undefined
}

/** What a state was seen to hold: a ledger as plain data, without the padding. */
export interface LedgerSeen {
  readonly list: readonly string[]
  readonly fields: readonly string[]
  readonly members: readonly string[]
  readonly count: number
  readonly last: string
}

/** A ledger that nobody has written to. */
export function emptyLedger(): Ledger {
  return { list: [], fields: {}, members: new Set(), count: 0, last: '' }
}

/** Afterwards the draft has what the write leaves. */
export function writeTo(draft: Ledger, { mark, traces, clears, padding = 0 }: LedgerWrite): void {
  if (clears !== undefined) {
    const place = draft.list.indexOf(clears)
    if (place >= 0) draft.list.splice(place, 1)
    delete draft.fields[clears]
    draft.members.delete(clears)
  }
  for (const trace of traces) {
    switch (trace) {
      case 'list':
        draft.list.push(mark)
        break
      case 'field':
        draft.fields[mark] = '.'.repeat(padding)
        break
      case 'member':
        draft.members.add(mark)
        break
      case 'count':
        draft.count++
        break
      case 'last':
        draft.last = mark
        break
      default:
        trace satisfies never
    }
  }
}

/** What can be seen in a ledger, as plain data of its own. */
export function seenIn({ list, fields, members, count, last }: LedgerView): LedgerSeen {
  return { list: [...list], fields: Object.keys(fields), members: [...members], count, last }
}

/** Whether two ledgers are the same, as far as can be seen: fields and members have no order. */
export function isSameLedger(one: LedgerSeen, other: LedgerSeen | undefined): boolean {
  return other !== undefined && textOf(one) === textOf(other)
}

/** A text that is the same for the same ledgers. */
export function textOf({ list, fields, members, count, last }: LedgerSeen): string {
  return JSON.stringify([list, fields.toSorted(), members.toSorted(), count, last])
}
