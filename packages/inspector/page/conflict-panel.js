/** @import { ActivityLine, ConflictLine, Hello } from '../src/web/page-data.ts' */
import { element } from './element.js'
import { scopeHash } from './place.js'
import { clockText, pathText, valueText } from './words.js'

const linesShown = 100

/** @type {Readonly<Record<ConflictLine['lost'], string>>} */
const outcomes = {
  ours: 'the later one was left out',
  theirs: 'the earlier one was left out',
  none: 'both count',
}

/** Commits that were merged, and what merges of this process decided. */
export class ConflictPanel {
  #decided = element('ol', { class: 'conflicts', 'aria-label': 'Decisions, newest first' })
  #decidedIntro = element('p', { class: 'quiet' })
  #merged = element('ol', { class: 'lines', 'aria-label': 'Merged commits, newest first', 'data-empty': 'None yet.' })
  node = element(
    'section',
    { class: 'panel', 'aria-label': 'Conflicts', hidden: true },
    element('h2', {}, 'Decisions of merges'),
    this.#decidedIntro,
    this.#decided,
    element('h2', {}, 'Merged commits'),
    element(
      'p',
      { class: 'quiet' },
      'Of all processes: each began before others had committed, and was merged with what they had changed. An update that ran again is not among them.',
    ),
    this.#merged,
  )

  /** @param {Hello} hello */
  reset({ process, conflicts, activity }) {
    this.#decidedIntro.textContent =
      process === undefined
        ? 'Which policy decided is known only inside the process that merges: mount the inspector there.'
        : `Made by ${process}, where two changes met at one place. Those of other processes are shown by their own inspectors.`
    this.#decided.dataset['empty'] = process === undefined ? '' : 'None yet.'
    this.#decided.replaceChildren()
    this.#merged.replaceChildren()
    this.decided(conflicts)
    this.happened(activity)
  }

  /** @param {readonly ConflictLine[]} lines oldest first */
  decided(lines) {
    prepend(this.#decided, lines.map(decisionNode))
  }

  /** @param {readonly ActivityLine[]} lines oldest first */
  happened(lines) {
    prepend(this.#merged, lines.filter(({ what }) => what === 'merged').map(mergedNode))
  }
}

/** @param {ConflictLine} line */
function decisionNode({ key, kind, id, version, seenAt, path, what, policy, lost, base, ours, theirs, result }) {
  /** @param {string} name @param {typeof base} value */
  const cell = (name, value) => element('div', {}, element('dt', {}, name), element('dd', {}, valueText(value, 80)))
  return element(
    'li',
    { class: 'conflict' },
    element(
      'p',
      { class: 'conflict-head' },
      element('time', { datetime: new Date(seenAt).toISOString() }, clockText(seenAt)),
      element(
        'a',
        { href: scopeHash(key, version) },
        element('span', { class: 'kind' }, kind),
        element('span', { class: 'id' }, id),
        ` v${version}`,
      ),
    ),
    element(
      'p',
      {},
      element('strong', { class: 'patch-path' }, pathText(path)),
      ` · ${what}, decided by `,
      element('code', {}, policy),
      `: ${outcomes[lost]}`,
    ),
    element(
      'dl',
      { class: 'sides' },
      cell('Both began with', base),
      cell('The earlier one', theirs),
      cell('The later one', ours),
      cell('Now it is', result),
    ),
  )
}

/** @param {ActivityLine} line */
function mergedNode({ key, kind, id, version, baseVersion, seenAt, process, request }) {
  return element(
    'li',
    { class: 'line' },
    element('time', { datetime: new Date(seenAt).toISOString() }, clockText(seenAt)),
    element(
      'a',
      { href: scopeHash(key, version) },
      element('span', { class: 'kind' }, kind),
      element('span', { class: 'id' }, id),
    ),
    element('span', {}, `v${version} `, element('span', { class: 'badge is-merged' }, `from v${baseVersion}`)),
    element('span', { class: 'quiet' }, process ?? '', request !== undefined && `, ${request}`),
  )
}

/**
 * @param {HTMLElement} list
 * @param {readonly HTMLElement[]} nodes oldest first
 */
function prepend(list, nodes) {
  list.prepend(...nodes.toReversed())
  while (list.children.length > linesShown) list.lastElementChild?.remove()
}
