/** @import { ShownCommit } from '../src/web/page-data.ts' */
import { element } from './element.js'
import { ago } from './passing-time.js'
import { patchLine } from './patch-line.js'
import { scopeHash } from './place.js'
import { clockText, counted, dateText } from './words.js'

/**
 * The commits that the document holds, newest first, each leading to the state that it made.
 *
 * @param {string} key
 * @param {readonly ShownCommit[]} commits oldest first
 * @param {{ readonly oldest: number, readonly chosen: number }} versions
 */
export function timeline(key, commits, { oldest, chosen }) {
  return element(
    'ol',
    { class: 'timeline', 'aria-label': 'Commits, newest first' },
    commits.toReversed().map(commit => commitItem(key, commit, commit.version === chosen)),
    element(
      'li',
      { class: oldest === chosen ? 'commit is-chosen' : 'commit' },
      element(
        'a',
        { class: 'commit-head', href: scopeHash(key, oldest), 'aria-current': oldest === chosen ? 'true' : undefined },
        element('strong', {}, `v${oldest}`),
        element('span', { class: 'quiet' }, oldest === 1 ? 'created' : 'the oldest state that the document holds'),
      ),
    ),
  )
}

/**
 * @param {string} key
 * @param {ShownCommit} commit
 * @param {boolean} isChosen
 */
function commitItem(key, { version, at, process, request, baseVersion, ops, patches, more }, isChosen) {
  const isMerged = baseVersion < version - 1
  return element(
    'li',
    { class: isChosen ? 'commit is-chosen' : 'commit' },
    element(
      'a',
      { class: 'commit-head', href: scopeHash(key, version), 'aria-current': isChosen ? 'true' : undefined },
      element('strong', {}, `v${version}`),
      element('time', { datetime: new Date(at).toISOString(), title: dateText(at) }, clockText(at)),
      element('span', { class: 'quiet' }, ago(at)),
      isMerged &&
        element(
          'span',
          {
            class: 'badge is-merged',
            title: 'Others had committed since then: it was merged with what they had changed.',
          },
          `merged from v${baseVersion}`,
        ),
    ),
    element('p', { class: 'quiet origin' }, `by ${process}`, request !== undefined && `, request ${request}`),
    ops.length > 0 &&
      element(
        'p',
        { class: 'ops' },
        ops.map(op => element('code', {}, op)),
      ),
    element(
      'ul',
      { class: 'patches' },
      patches.map(patchLine),
      more > 0 && element('li', { class: 'quiet' }, `… ${counted(more, 'more change')}`),
      patches.length === 0 && element('li', { class: 'quiet' }, 'changed nothing'),
    ),
  )
}
