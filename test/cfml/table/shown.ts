import { type StoreName, storeNames } from '../stores.ts'

/** What one test said of a behaviour. */
export interface Shown {
  readonly number: number
  readonly store: StoreName
  readonly hasPassed: boolean
}

/** What the tests of behaviours said in a run of vitest; `report`: what its reporter `json` wrote. Other tests are passed over. */
export function shownIn(report: unknown): readonly Shown[] {
  return listIn(report, 'testResults')
    .flatMap(file => listIn(file, 'assertionResults'))
    .flatMap(shownBy)
}

function shownBy(result: unknown): readonly Shown[] {
  const { title, status } = fieldsOf(result)
  const [, number, store] = /^(\d+)\. .* \((\w+)\)$/su.exec(String(title)) ?? []
  const known = storeNames.find(name => name === store)
  if (number === undefined || known === undefined) return []
  return [{ number: Number(number), store: known, hasPassed: status === 'passed' }]
}

function listIn(value: unknown, field: string): readonly unknown[] {
  const list = fieldsOf(value)[field]
  if (!Array.isArray(list)) throw new Error(`This is no report of vitest: it has no ${field}.`)
  return list
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
