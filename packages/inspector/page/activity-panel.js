/** @import { ActivityLine } from '../src/web/page-data.ts' */
import { element } from './element.js'
import { scopeHash } from './place.js'
import { clockText, delayText } from './words.js'

const linesShown = 100

/** What happens to scopes, newest first. */
export class ActivityPanel {
  #empty = element('p', { class: 'quiet' }, 'Nothing has changed since somebody looks.')
  #list = element('ol', { class: 'lines', 'aria-label': 'Changes, newest first' })
  node = element(
    'section',
    { class: 'panel', 'aria-label': 'Activity', hidden: true },
    element('h2', {}, 'What happens now'),
    this.#empty,
    this.#list,
  )

  /** In place of what was shown. @param {readonly ActivityLine[]} lines oldest first */
  reset(lines) {
    this.#list.replaceChildren()
    this.add(lines)
  }

  /** @param {readonly ActivityLine[]} lines oldest first */
  add(lines) {
    this.#empty.hidden ||= lines.length > 0
    this.#list.prepend(...lines.toReversed().map(lineNode))
    while (this.#list.children.length > linesShown) this.#list.lastElementChild?.remove()
  }
}

/** @param {ActivityLine} line */
function lineNode({ key, kind, id, what, version, seenAt, at, process, request, baseVersion }) {
  const words = what === 'merged' ? `merged from v${baseVersion}` : what
  const target = what === 'committed' || what === 'merged' ? scopeHash(key, version) : scopeHash(key)
  return element(
    'li',
    { class: `line is-${what}` },
    element('time', { datetime: new Date(seenAt).toISOString() }, clockText(seenAt)),
    element('a', { href: target }, element('span', { class: 'kind' }, kind), element('span', { class: 'id' }, id)),
    element(
      'span',
      {},
      what !== 'removed' && what !== 'unreadable' && `v${version} `,
      element('span', { class: `badge is-${what}` }, words),
    ),
    element(
      'span',
      { class: 'quiet', title: at !== undefined && `committed at ${clockText(at)}` },
      process !== undefined && `${process}${request === undefined ? '' : `, ${request}`}`,
      process !== undefined && at !== undefined && ` · ${delayText(Math.max(0, seenAt - at))}`,
    ),
  )
}
