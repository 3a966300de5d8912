import { type Row, budgetRow, plainRow } from '../rows.ts'
import type { Suite } from '../suite.ts'
import { type CoreParts, loadCoreParts } from './core-parts.ts'

const names = { changed: 'array-edit-bytes', moved: 'array-move-bytes' }
const length = 100
const middle = 50

interface Article {
  readonly id: string
  readonly name: string
  readonly price: number
  quantity: number
}

interface ListState {
  list: Article[]
}

/** An edit of a list, and what it changed of its elements: those that are new in it, or that it changed inside. */
interface Edit {
  readonly run: (state: ListState) => unknown
  readonly elements: number
}

/** What a frame takes when a list of 100 objects is edited: by changing elements, and by only moving or removing them. */
export const arrayEdits: Suite = {
  names: Object.values(names),
  async measure() {
    const parts = await loadCoreParts()
    return [changedRow(parts), movedRow(parts)]
  },
}

const changing: Readonly<Record<string, Edit>> = {
  push: { run: ({ list }) => list.push(article(length)), elements: 1 },
  unshift: { run: ({ list }) => list.unshift(article(length)), elements: 1 },
  'splice(50, 0, new)': { run: ({ list }) => list.splice(middle, 0, article(length)), elements: 1 },
  'splice(50, 1, new)': { run: ({ list }) => list.splice(middle, 1, article(length)), elements: 1 },
  'one field': { run: ({ list }) => setQuantity(list[middle]), elements: 1 },
  'one field, then shift': { run: ({ list }) => [setQuantity(list[middle]), list.shift()], elements: 1 },
  'a field of ten': { run: ({ list }) => list.slice(0, 10).forEach(setQuantity), elements: 10 },
  'a mapped copy with one changed': {
    run: state =>
      (state.list = state.list.map((each, index) => (index === middle ? { ...each, quantity: 7 } : { ...each }))),
    elements: 1,
  },
}

const moving: Readonly<Record<string, (state: ListState) => unknown>> = {
  shift: ({ list }) => list.shift(),
  'splice(50, 1)': ({ list }) => list.splice(middle, 1),
  swap: ({ list }) => ([list[0], list[1]] = [list[1] ?? article(1), list[0] ?? article(0)]),
  sort: ({ list }) => list.sort((left, right) => rankOf(left) - rankOf(right)),
  reverse: ({ list }) => list.reverse(),
  'a filtered copy': state => (state.list = state.list.filter(({ id }) => id !== article(middle).id)),
}

function changedRow(parts: CoreParts): Row {
  const measured = Object.entries(changing).map(([edit, { run, elements }]) => {
    const bytes = payloadBytes(parts, run)
    return { edit, bytes, ratio: bytes / (elements * parts.pack(article(middle)).length) }
  })
  return budgetRow(
    {
      name: names.changed,
      value: Math.max(...measured.map(({ ratio }) => ratio)),
      unit: 'x',
      note: `payload of the frame to the packed elements that changed: ${measured.map(({ edit, bytes, ratio }) => `${edit} ${bytes} (${ratio.toFixed(2)}x)`).join(', ')}`,
    },
    { relation: '<=', limit: 2 },
  )
}

function movedRow(parts: CoreParts): Row {
  const measured = Object.entries(moving).map(([edit, run]) => ({ edit, bytes: payloadBytes(parts, run) }))
  return plainRow({
    name: names.moved,
    value: Math.max(...measured.map(({ bytes }) => bytes)),
    unit: 'bytes',
    note: `no element changes: ${measured.map(({ edit, bytes }) => `${edit} ${bytes}`).join(', ')}`,
  })
}

function payloadBytes({ record, encodeCommit }: CoreParts, run: Edit['run']): number {
  const base = record({ list: [] }, (draft: ListState) => {
    draft.list = Array.from({ length }, (_, index) => article(index))
  })
  const recorded = base && record(base.state, (draft: ListState) => void run(draft))
  if (recorded === undefined) throw new Error('An edit changed nothing.')
  const { diff, ops } = recorded
  return encodeCommit({ ...place, diff, ops }).length - headerBytes
}

/** Of a frame, as the document format says. */
const headerBytes = 48

const place = {
  life: '0123456789abcdef',
  commitId: '0123456789abcdef0123456789abcdef',
  deadline: 0,
  version: 2,
  baseVersion: 1,
  schemaVersion: 1,
  at: 1_800_000_000_000,
  origin: { process: '0123456789abcdef0123456789abcdef' },
} as const

function article(index: number): Article {
  const id = `article-${String(index).padStart(3, '0')}`
  return { id, name: `Article number ${index}, in the usual colours`, price: 100 + index, quantity: 0 }
}

function setQuantity(each: Article | undefined): void {
  if (each === undefined) throw new Error('The list has lost an element.')
  each.quantity = 7
}

/** Some order in which nearly every element has another place. */
function rankOf({ price }: Article): number {
  return (price * 37) % length
}
