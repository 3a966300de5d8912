import { type Operation, type Sheet, things } from './sheet.ts'

/** What became of an operation, as its caller was told. */
export type Outcome =
  /** Stored. The version, where the caller learns it. */
  | { readonly type: 'done'; readonly version?: number; readonly attempts?: number; readonly merged?: boolean }
  /** Not stored, and never will be. */
  | { readonly type: 'none'; readonly code: string }
  /** Nobody can say: the process died, or the answer never came. */
  | { readonly type: 'unknown' }

/** An operation and what its caller was told of it. */
export interface Tried {
  readonly operation: Operation
  readonly outcome: Outcome
}

/**
 * What is wrong with a sheet after all this was tried; nothing when every acknowledged operation is in it exactly once, none
 * that failed, and the others once or not at all. It computes what must be there from the marks alone.
 */
export function judge(
  { value, version }: { readonly value: Sheet; readonly version: number },
  tried: readonly Tried[],
): readonly string[] {
  const complaints: string[] = []
  const landed = new Set(Object.keys(value.done))
  for (const { operation, outcome } of tried) {
    const { mark, type } = operation
    if (outcome.type === 'done' && !landed.has(mark)) complaints.push(`lost: ${type} ${mark}`)
    if (outcome.type === 'none' && landed.has(mark)) complaints.push(`failed and is there: ${type} ${mark}`)
  }
  const known = new Set(tried.map(({ operation }) => operation.mark))
  for (const mark of landed) if (!known.has(mark)) complaints.push(`nobody wrote it: ${mark}`)
  if (version !== landed.size) complaints.push(`${landed.size} operations made ${version} versions`)

  const stored = tried.map(({ operation }) => operation).filter(({ mark }) => landed.has(mark))
  const marksOf = (...types: readonly Operation['type'][]): readonly string[] =>
    stored.filter(({ type }) => types.includes(type)).map(({ mark }) => mark)
  const compare = (place: string, found: Iterable<string>, expected: readonly string[]): void => {
    const [is, must] = [[...found].toSorted(), expected.toSorted()]
    if (JSON.stringify(is) !== JSON.stringify(must)) complaints.push(`${place}: ${difference(is, must)}`)
  }
  const fields = stored.filter(operation => operation.type === 'field')
  for (const side of ['left', 'right'] as const) {
    const expected = fields.filter(field => field.side === side).map(({ mark, value: number }) => `${mark} ${number}`)
    compare(side, entriesOf(value.halves[side]), expected)
  }
  compare('list', value.list, marksOf('push', 'append'))
  compare(
    'notes',
    [...value.notes].map(([mark, note]) => `${mark}: ${note}`),
    marksOf('member').map(mark => `${mark}: by ${mark}`),
  )
  compare('members', value.members, marksOf('member', 'join'))
  const counts = { hits: marksOf('hit').length, visits: marksOf('visit').length, total: 0 }
  for (const operation of stored) if (operation.type === 'add') counts.total += operation.amount
  for (const name of ['hits', 'visits', 'total'] as const) {
    if (value[name] !== counts[name]) complaints.push(`${name}: ${value[name]} instead of ${counts[name]}`)
  }
  const bought = stored.flatMap(operation => (operation.type === 'buy' ? [operation.sku] : []))
  compare(
    'cart',
    value.cart.map(({ sku, pieces }) => `${pieces} ${sku}`),
    [...new Set(bought)].map(sku => `${bought.filter(other => other === sku).length} ${sku}`),
  )

  const removed = new Set(stored.flatMap(operation => (operation.type === 'remove' ? [operation.thing] : [])))
  compare(
    'pool',
    Object.keys(value.pool),
    things.filter(thing => !removed.has(thing)),
  )
  for (const [thing, marks] of Object.entries(value.pool)) {
    const edits = stored.filter(operation => operation.type === 'edit' && operation.thing === thing)
    compare(
      thing,
      Object.keys(marks),
      edits.map(({ mark }) => mark),
    )
  }
  return [...complaints, ...judgeOrder(value.list, tried)]
}

/** Versions are given once, and the list has the order of the versions, whoever pushed. */
function judgeOrder(list: readonly string[], tried: readonly Tried[]): readonly string[] {
  const marks = new Map<number, string>()
  const versions = new Map<string, number>()
  const complaints: string[] = []
  for (const { operation, outcome } of tried) {
    if (outcome.type !== 'done' || outcome.version === undefined) continue
    const other = marks.get(outcome.version)
    if (other !== undefined) complaints.push(`version ${outcome.version} is that of ${other} and of ${operation.mark}`)
    marks.set(outcome.version, operation.mark)
    versions.set(operation.mark, outcome.version)
  }
  let last = 0
  for (const mark of list) {
    const version = versions.get(mark) ?? last
    if (version < last) complaints.push(`list: ${mark} of version ${version} stands after version ${last}`)
    last = version
  }
  return complaints
}

function entriesOf(fields: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(fields).map(([mark, number]) => `${mark} ${number}`)
}

function difference(is: readonly string[], must: readonly string[]): string {
  const count = (items: readonly string[], item: string): number => items.filter(other => other === item).length
  const told = [...new Set([...is, ...must])].filter(item => count(is, item) !== count(must, item))
  return told.map(item => `${item} is there ${count(is, item)} times instead of ${count(must, item)}`).join(', ')
}
