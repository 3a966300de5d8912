/** @import { ActivityLine, ScopeView } from '../src/web/page-data.ts' */
import { ask } from './api.js'
import { element } from './element.js'
import { endsIn } from './passing-time.js'
import { scopeHash } from './place.js'
import { timeline } from './timeline.js'
import { valueTree } from './value-tree.js'
import { dateText, sizeText } from './words.js'

/** One scope: its facts, its timeline, and its state at one of its versions. It follows what is committed meanwhile. */
export class ScopePanel {
  node = element('section', { class: 'panel scope', 'aria-label': 'One scope', hidden: true })
  #key = ''
  /** @type {number | undefined} undefined: the newest, whichever that is */
  #version
  #round = 0
  /** The reader has gone to this place himself: it is to be in view. */
  #hasMoved = false
  /** Something has changed while the answer to the last question was on the way. */
  #isStale = false
  #isAsking = false

  /** @param {string} key @param {number | undefined} version */
  open(key, version) {
    const isOther = key !== this.#key
    this.#key = key
    this.#version = version
    this.#hasMoved = true
    if (isOther) this.node.replaceChildren(element('p', { class: 'quiet' }, 'Reading …'))
    void this.#ask()
  }

  close() {
    this.#key = ''
    this.#round++
  }

  /** @param {readonly ActivityLine[]} lines */
  changed(lines) {
    if (!lines.some(({ key }) => key === this.#key)) return
    if (this.#isAsking) this.#isStale = true
    else void this.#ask()
  }

  async #ask() {
    const round = ++this.#round
    const key = this.#key
    this.#isAsking = true
    this.#isStale = false
    try {
      /** @type {ScopeView} */
      const view = await ask('scope', { key, version: this.#version })
      if (round === this.#round) this.#show(view)
    } catch (error) {
      if (round === this.#round) this.node.replaceChildren(back(), element('p', { class: 'notice' }, messageOf(error)))
    }
    if (round !== this.#round) return
    this.#isAsking = false
    if (this.#isStale) void this.#ask()
  }

  /**
   * @param {ScopeView} view
   */
  #show(view) {
    // What a reader has opened or where he has scrolled to stays where the scope is the same.
    const scrolled = this.node.querySelector('.timeline')?.scrollTop ?? 0
    const hadFocus = this.node.querySelector('input') === document.activeElement
    this.node.replaceChildren(
      back(),
      element('h2', {}, element('span', { class: 'kind' }, view.kind), element('span', { class: 'id' }, view.id)),
      ...bodyOf(view),
    )
    const line = this.node.querySelector('.timeline')
    if (line) line.scrollTop = scrolled
    if (this.#hasMoved) line?.querySelector('.is-chosen')?.scrollIntoView({ block: 'nearest' })
    this.#hasMoved = false
    if (hadFocus) this.node.querySelector('input')?.focus()
  }
}

/**
 * @param {ScopeView} view
 * @returns {HTMLElement[]}
 */
function bodyOf(view) {
  switch (view.type) {
    case 'missing':
      return [element('p', { class: 'notice' }, 'Nothing is stored under this key (any more).')]
    case 'unreadable':
      return [
        element(
          'p',
          { class: 'notice' },
          'This document cannot be decoded, so neither its state nor its commits can be shown. It is left as it is.',
        ),
        element('p', { class: 'reason' }, view.message),
        facts([['Size', sizeText(view.bytes)]]),
      ]
    case 'ended':
      return [
        facts([
          ['Ended', dateText(view.at)],
          ['Because', view.detail === undefined ? view.reason : `${view.reason}: ${view.detail}`],
          ['Handlers', view.isDelivered ? 'have been told' : 'are still to be told'],
          ['Version', String(view.version)],
          ['Life', view.life],
          ['Size', sizeText(view.bytes)],
        ]),
        view.value
          ? element('div', { class: 'state' }, element('h3', {}, 'The final state'), valueTree(view.value, []))
          : element('p', { class: 'notice' }, 'The final state is not kept any more: its handlers have been told.'),
      ]
    case 'live':
      return [livingFacts(view), element('div', { class: 'past' }, commitsOf(view), stateOf(view))]
    default:
      return /** @satisfies {never} */ (view)
  }
}

/** @param {Extract<ScopeView, { type: 'live' }>} view */
function livingFacts({ version, createdAt, deadline, bytes, life, application, schemaVersion }) {
  return facts([
    ['Version', String(version)],
    ['Created', dateText(createdAt)],
    ['Ends', deadline === undefined ? 'never' : endsIn(deadline)],
    ['Size', sizeText(bytes)],
    ['Application', application],
    ['Life', life],
    ...(schemaVersion === 1 ? [] : [/** @type {const} */ (['Schema', `version ${schemaVersion}`])]),
  ])
}

/**
 * @param {Extract<ScopeView, { type: 'live' }>} view
 */
function commitsOf({ key, commits, oldest, shown }) {
  return element(
    'div',
    { class: 'past-commits' },
    element('h3', {}, 'Timeline'),
    timeline(key, commits, { oldest, chosen: shown.version }),
  )
}

/**
 * @param {Extract<ScopeView, { type: 'live' }>} view
 */
function stateOf({ key, version, oldest, commits, shown }) {
  const { version: chosen, value } = shown
  const patches = commits.find(commit => commit.version === chosen)?.patches ?? []
  const travel = element('input', {
    type: 'range',
    min: oldest,
    max: version,
    value: String(chosen),
    'aria-label': 'Version',
    oninput: event => {
      const wanted = Number(/** @type {HTMLInputElement} */ (event.target).value)
      location.hash = scopeHash(key, wanted === version ? undefined : wanted)
    },
  })
  return element(
    'div',
    { class: 'state' },
    element(
      'h3',
      {},
      `State at version ${chosen} `,
      chosen === version
        ? element('span', { class: 'badge is-live' }, 'newest')
        : element('a', { href: scopeHash(key) }, 'to the newest'),
    ),
    oldest < version && travel,
    value
      ? valueTree(value, patches)
      : element('p', { class: 'notice' }, `The document holds the states from version ${oldest} on.`),
  )
}

/** @param {readonly (readonly [name: string, value: string | HTMLElement])[]} pairs */
function facts(pairs) {
  return element(
    'dl',
    { class: 'facts' },
    pairs.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))),
  )
}

/** On a narrow screen the list is not beside it. */
function back() {
  return element('a', { class: 'back', href: '#/' }, '← All scopes')
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error)
}
