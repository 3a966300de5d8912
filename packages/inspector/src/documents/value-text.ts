import { inspect } from 'node:util'
import type { OperationPath } from '@scopes/core'
import { inItsOrder, printable } from '../terminal/texts.ts'

/** So many characters of a value stand in a line. */
const most = 160

/** A value in one line, cut where it is long. Control characters are written out. */
export function valueLine(value: unknown): string {
  const text = inspect(value, {
    depth: 8,
    breakLength: Infinity,
    compact: true,
    maxArrayLength: 50,
    maxStringLength: most,
  })
  return printable(text.length > most ? `${text.slice(0, most)}…` : text)
}

/** A value on as many lines as it needs, whole. */
export function valueText(value: unknown, colors: boolean): string {
  const all = { depth: Infinity, maxArrayLength: Infinity, maxStringLength: Infinity }
  return inItsOrder(inspect(value, { ...all, colors, breakLength: 100 }))
}

/** A place in a state, as code names it: `cart[0].sku`; of an op perhaps `cart[{ sku: 'A' }].qty`. */
export function pathText(path: OperationPath): string {
  if (path.length === 0) return '(all)'
  return path.map((segment, index) => segmentText(segment, index === 0)).join('')
}

function segmentText(segment: OperationPath[number], isFirst: boolean): string {
  if (typeof segment === 'string' && /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(segment)) {
    return isFirst ? segment : `.${segment}`
  }
  return `[${printable(inspect(segment))}]`
}
