/** @import { ShownValue } from '../src/web/page-data.ts' */

const whole = new Intl.NumberFormat('en')
const fine = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })

/** @param {number} count */
export function countText(count) {
  return whole.format(count)
}

/**
 * @param {number} count
 * @param {string} one
 */
export function counted(count, one, many = `${one}s`) {
  return `${whole.format(count)} ${count === 1 ? one : many}`
}

/** @param {number} bytes */
export function sizeText(bytes) {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1_000_000) return `${fine.format(bytes / 1000)} kB`
  return bytes < 1e9 ? `${fine.format(bytes / 1e6)} MB` : `${fine.format(bytes / 1e9)} GB`
}

/** @param {number} ms */
function durationText(ms) {
  const seconds = Math.round(ms / 1000)
  if (seconds < 1) return '0 s'
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}

/** @param {number} ms */
export function delayText(ms) {
  return ms < 1000 ? `${fine.format(ms)} ms` : `${fine.format(ms / 1000)} s`
}

/** @param {number} at */
export function agoText(at, now = Date.now()) {
  return now - at < 1000 ? 'now' : `${durationText(now - at)} ago`
}

/** @param {number} deadline */
export function deadlineText(deadline, now = Date.now()) {
  return deadline > now ? `in ${durationText(deadline - now)}` : 'overdue'
}

/**
 * The time of a day, to the millisecond.
 *
 * @param {number} at
 */
export function clockText(at) {
  const date = new Date(at)
  return `${date.toLocaleTimeString('en-GB')}.${String(date.getMilliseconds()).padStart(3, '0')}`
}

/** @param {number} at */
export function dateText(at) {
  return new Date(at).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })
}

/** @param {readonly string[]} path */
export function pathText(path) {
  if (path.length === 0) return 'the whole state'
  return path
    .map((segment, depth) => (/^\d+$/.test(segment) ? `[${segment}]` : depth === 0 ? segment : `.${segment}`))
    .join('')
}

/**
 * A value on one line.
 *
 * @param {ShownValue | undefined} value
 * @param {number} [room] characters
 * @returns {string}
 */
export function valueText(value, room = 60) {
  const text = value === undefined ? 'nothing' : lineOf(value, room)
  return text.length > room ? `${text.slice(0, room - 1)}…` : text
}

/**
 * @param {ShownValue} value
 * @param {number} room
 * @returns {string}
 */
function lineOf(value, room) {
  switch (value.type) {
    case 'text':
      return JSON.stringify(value.text)
    case 'bytes':
      return `${countText(value.size)} bytes`
    case 'object':
    case 'map':
      return `{${entriesOf(value, room, true)}}`
    case 'array':
      return `[${entriesOf(value, room, false)}]`
    case 'set':
      return `{${entriesOf(value, room, false)}}`
    default:
      return value.text
  }
}

/**
 * @param {Extract<ShownValue, { entries: unknown }>} value
 * @param {number} room
 * @param {boolean} isNamed
 */
function entriesOf({ entries, size }, room, isNamed) {
  let text = ''
  for (const [name, member] of entries) {
    if (text !== '') text += ', '
    text += (isNamed ? `${name}: ` : '') + lineOf(member, room)
    if (text.length > room) return text
  }
  return entries.length < size ? `${text}${text === '' ? '' : ', '}…` : text
}
