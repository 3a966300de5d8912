/** @import { ShownPatch, ShownValue } from '../src/web/page-data.ts' */
import { element } from './element.js'
import { countText, sizeText, valueText } from './words.js'

/** Containers of more members than this are closed at first, below the first level. */
const openedMembers = 30

/**
 * A state as a tree that opens and closes. What the patches changed is marked, with what stood there before.
 *
 * @param {ShownValue} value
 * @param {readonly ShownPatch[]} patches
 */
export function valueTree(value, patches) {
  /** @type {Map<string, ShownPatch>} */
  const changes = new Map(patches.map(patch => [nameOf(patch.path), patch]))
  return element('div', { class: 'tree' }, membersOf(value, [], changes))
}

/**
 * @param {ShownValue} value
 * @param {readonly string[]} path
 * @param {ReadonlyMap<string, ShownPatch>} changes
 * @returns {HTMLElement}
 */
function membersOf(value, path, changes) {
  if (!('entries' in value)) return leafOf(value)
  const left = value.size - value.entries.length
  return element(
    'ul',
    {},
    value.entries.map(([segment, member]) => memberOf(value.type, segment, member, [...path, segment], changes)),
    left > 0 && element('li', { class: 'quiet' }, `… ${countText(left)} more`),
    value.size === 0 && element('li', { class: 'quiet' }, 'empty'),
  )
}

/**
 * @param {string} type of the container
 * @param {string} segment
 * @param {ShownValue} member
 * @param {readonly string[]} path
 * @param {ReadonlyMap<string, ShownPatch>} changes
 */
function memberOf(type, segment, member, path, changes) {
  const change = changes.get(nameOf(path))
  const name = type === 'set' ? '•' : segment
  const label = [element('span', { class: type === 'object' ? 'name' : 'name quiet' }, name), ' ']
  const before =
    change?.op === 'set' &&
    (change.before ? [' ', element('del', {}, valueText(change.before, 40))] : [' ', element('ins', {}, 'new')])
  const attributes = { class: change ? 'is-changed' : undefined }
  if (!('entries' in member) || member.size === 0) {
    return element('li', attributes, label, 'entries' in member ? emptyOf(member) : leafOf(member), before)
  }
  const isOpen = path.length === 1 ? member.size <= 200 : member.size <= openedMembers
  return element(
    'li',
    attributes,
    element(
      'details',
      { open: isOpen },
      element('summary', {}, label, element('span', { class: 'quiet' }, sizeOf(member)), before),
      membersOf(member, path, changes),
    ),
  )
}

/** @param {Extract<ShownValue, { entries: unknown }>} value */
function emptyOf({ type }) {
  return element('span', { class: 'quiet' }, type === 'array' ? '[]' : type === 'object' ? '{}' : `empty ${type}`)
}

/** @param {Extract<ShownValue, { entries: unknown }>} value */
function sizeOf({ type, size }) {
  switch (type) {
    case 'array':
      return `[${countText(size)}]`
    case 'object':
      return `{${countText(size)}}`
    default:
      return `${type} of ${countText(size)}`
  }
}

/** @param {Exclude<ShownValue, { entries: unknown }>} value */
function leafOf(value) {
  switch (value.type) {
    case 'text':
      return element(
        'span',
        { class: 'is-text' },
        JSON.stringify(value.text),
        value.length !== undefined && element('span', { class: 'quiet' }, ` … ${countText(value.length)} characters`),
      )
    case 'bytes':
      return element(
        'span',
        { class: 'is-bytes' },
        `${value.text}${value.text.length / 2 < value.size ? '…' : ''} (${sizeText(value.size)})`,
      )
    default:
      return element('span', { class: `is-${value.type}` }, value.text)
  }
}

/** @param {readonly string[]} path */
function nameOf(path) {
  return path.join('\u0000')
}
