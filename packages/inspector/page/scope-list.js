/** @import { ActivityLine, ScopePage, ScopeRow, Totals } from '../src/web/page-data.ts' */
import { ask } from './api.js'
import { element } from './element.js'
import { mostRows, pageRows, pagesOf, rowsInView } from './list-window.js'
import { ago } from './passing-time.js'
import { scopeHash } from './place.js'
import { countText, sizeText } from './words.js'

/** As in the style sheet. */
const rowHeight = 58

/** Changes that come within this time are shown together. In milliseconds. */
const gatherMs = 300

/** All scopes, of which only those in view are in the document. It asks for what it shows, and again when that has changed. */
export class ScopeList {
  #text = element('input', {
    type: 'search',
    placeholder: 'Search keys',
    'aria-label': 'Search keys',
    oninput: () => this.#startOver(),
    onkeydown: event => this.#searchKey(/** @type {KeyboardEvent} */ (event)),
  })
  #kind = element('select', { 'aria-label': 'Kind', onchange: () => this.#startOver() }, option('', 'all kinds'))
  #state = element(
    'select',
    { 'aria-label': 'State', onchange: () => this.#startOver() },
    option('', 'any state'),
    option('live', 'living'),
    option('ended', 'ended'),
    option('unreadable', 'unreadable'),
  )
  #order = element(
    'select',
    { 'aria-label': 'Order', onchange: () => this.#startOver() },
    option('changed', 'newest change'),
    option('key', 'key'),
    option('size', 'largest'),
    option('version', 'most versions'),
    option('deadline', 'ends first'),
  )
  #count = element('p', { class: 'list-count quiet', role: 'status' })
  #fresh = element(
    'button',
    { class: 'fresh', type: 'button', hidden: true, onclick: () => this.#toTop() },
    'New changes',
  )
  #rows = element('div', { class: 'rows' })
  #view = element(
    'div',
    {
      class: 'list-view',
      role: 'listbox',
      tabindex: '0',
      'aria-label': 'Scopes',
      onscroll: () => this.#show(),
      onkeydown: event => this.#key(/** @type {KeyboardEvent} */ (event)),
    },
    this.#rows,
  )
  node = element(
    'section',
    { class: 'list', 'aria-label': 'All scopes' },
    element(
      'form',
      { class: 'filters', onsubmit: event => event.preventDefault() },
      this.#text,
      this.#kind,
      this.#state,
      this.#order,
    ),
    element('div', { class: 'list-head' }, this.#count, this.#fresh),
    this.#view,
  )
  /** @type {Map<number, readonly ScopeRow[]>} by page */
  #pages = new Map()
  /** @type {Set<number>} pages that are on the way */
  #asked = new Set()
  /** @type {Map<string, HTMLElement>} by key */
  #shown = new Map()
  #total = 0
  /** One more whenever what was asked for before is not wanted any more. */
  #round = 0
  #active = 0
  /** @type {string | undefined} */
  #chosen
  #isGathering = false
  #isComplete = false

  constructor() {
    new ResizeObserver(() => this.#show()).observe(this.#view)
    void this.#ask(0)
  }

  /** The scope that is shown beside the list. @param {string | undefined} key */
  choose(key) {
    this.#chosen = key
    for (const [shown, row] of this.#shown) row.setAttribute('aria-selected', String(shown === key))
  }

  focusSearch() {
    this.#text.focus()
    this.#text.select()
  }

  /** Scopes have changed. @param {readonly ActivityLine[]} lines */
  changed(lines) {
    for (const { key } of lines) flash(this.#shown.get(key))
    this.#gather()
  }

  /** @param {Totals} totals @param {boolean} isComplete everything that is stored has been read */
  counts({ kinds }, isComplete) {
    const names = Object.keys(kinds).sort()
    if (
      names.join() !==
      [...this.#kind.options]
        .slice(1)
        .map(({ value }) => value)
        .join()
    ) {
      const chosen = this.#kind.value
      this.#kind.replaceChildren(option('', 'all kinds'), ...names.map(name => option(name, name)))
      this.#kind.value = names.includes(chosen) ? chosen : ''
    }
    // While the store is read for the first time rows would move all the time.
    if (isComplete !== this.#isComplete) this.#gather()
    this.#isComplete = isComplete
  }

  #gather() {
    if (this.#isGathering) return
    this.#isGathering = true
    setTimeout(() => {
      this.#isGathering = false
      const isMoving = this.#order.value === 'changed' && this.#view.scrollTop > rowHeight
      this.#fresh.hidden = !isMoving
      if (!isMoving) this.#askAgain()
    }, gatherMs)
  }

  #toTop() {
    this.#view.scrollTop = 0
    this.#fresh.hidden = true
    this.#askAgain()
  }

  #startOver() {
    this.#view.scrollTop = 0
    this.#active = 0
    this.#askAgain()
  }

  /** Rows that are in view stay until the new ones are there. */
  #askAgain() {
    this.#round++
    this.#asked.clear()
    const wanted = pagesOf(this.#window())
    for (const page of this.#pages.keys()) if (!wanted.includes(page)) this.#pages.delete(page)
    for (const page of wanted.length > 0 ? wanted : [0]) void this.#ask(page)
  }

  /** @param {number} page */
  async #ask(page) {
    if (this.#asked.has(page)) return
    this.#asked.add(page)
    const round = this.#round
    try {
      const { value: text } = this.#text
      const [kind, state, order] = [this.#kind.value, this.#state.value, this.#order.value]
      /** @type {ScopePage} */
      const { total, isComplete, rows } = await ask('scopes', {
        text,
        kind,
        state,
        order,
        offset: page * pageRows,
        limit: pageRows,
      })
      if (round !== this.#round) return
      this.#pages.set(page, rows)
      this.#total = total
      this.#count.textContent = this.#countLine() + (isComplete ? '' : ' so far')
      this.#show(true)
    } catch (error) {
      if (round === this.#round) this.#count.textContent = error instanceof Error ? error.message : String(error)
    } finally {
      if (round === this.#round) this.#asked.delete(page)
    }
  }

  #countLine() {
    const isFiltered = this.#text.value !== '' || this.#kind.value !== '' || this.#state.value !== ''
    const said = `${countText(this.#total)} ${this.#total === 1 ? 'scope' : 'scopes'}${isFiltered ? ' match' : ''}`
    return this.#total > mostRows ? `${said}; the first ${countText(mostRows)} are listed` : said
  }

  #window() {
    const { scrollTop, clientHeight: height } = this.#view
    return rowsInView({ scrollTop, height, rowHeight, total: this.#total })
  }

  #show(isAnew = false) {
    const rows = this.#window()
    this.#rows.style.height = `${Math.min(this.#total, mostRows) * rowHeight}px`
    for (const page of pagesOf(rows)) if (!this.#pages.has(page)) void this.#ask(page)
    /** @type {Map<string, HTMLElement>} */
    const shown = new Map()
    for (let index = rows.first; index < rows.end; index++) {
      const row = this.#pages.get(Math.floor(index / pageRows))?.[index % pageRows]
      if (row === undefined) continue
      const kept = isAnew ? undefined : this.#shown.get(row.key)
      const node = kept ?? rowNode(row, row.key === this.#chosen)
      if (isAnew && hasOtherVersion(this.#shown.get(row.key), row)) flash(node)
      node.id = `row-${index}`
      node.style.transform = `translateY(${index * rowHeight}px)`
      node.classList.toggle('is-active', index === this.#active)
      shown.set(row.key, node)
    }
    this.#shown = shown
    this.#rows.replaceChildren(...shown.values())
    this.#view.setAttribute('aria-activedescendant', `row-${this.#active}`)
  }

  /** @param {KeyboardEvent} event */
  #searchKey(event) {
    if (event.key === 'ArrowDown') {
      event.preventDefault()
      this.#view.focus()
    }
    // A key as a whole leads to its scope, also where the list cannot know it.
    if (event.key === 'Enter' && /^[^:]+:[^:]+:./.test(this.#text.value)) location.hash = scopeHash(this.#text.value)
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const page = Math.max(1, Math.floor(this.#view.clientHeight / rowHeight) - 1)
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity }
    if (event.key === 'Enter') {
      this.#rows.querySelector(`#row-${this.#active}`)?.querySelector('a')?.click()
      return
    }
    const step = Object.entries(steps).find(([key]) => key === event.key)?.[1]
    if (step === undefined) return
    event.preventDefault()
    this.#active = Math.max(0, Math.min(Math.min(this.#total, mostRows) - 1, this.#active + step))
    const top = this.#active * rowHeight
    const { scrollTop, clientHeight } = this.#view
    if (top < scrollTop) this.#view.scrollTop = top
    else if (top + rowHeight > scrollTop + clientHeight) this.#view.scrollTop = top + rowHeight - clientHeight
    this.#show()
  }
}

/**
 * @param {ScopeRow} row
 * @param {boolean} isChosen
 */
function rowNode({ key, kind, id, application, state, version, bytes, at, preview }, isChosen) {
  return element(
    'div',
    { class: `row is-${state}`, role: 'option', 'aria-selected': String(isChosen), 'data-version': version },
    element(
      'a',
      { href: scopeHash(key), tabindex: '-1', title: `${id} of ${application}` },
      element(
        'span',
        { class: 'row-top' },
        element('span', { class: 'kind' }, kind),
        element('span', { class: 'id' }, id),
        state !== 'live' && element('span', { class: `badge is-${state}` }, state),
        element('span', { class: 'quiet row-facts' }, state !== 'unreadable' && `v${version} · `, sizeText(bytes)),
      ),
      element(
        'span',
        { class: 'row-bottom quiet' },
        element('span', { class: 'preview' }, preview ?? ''),
        at !== undefined && ago(at),
      ),
    ),
  )
}

/**
 * @param {HTMLElement | undefined} node
 * @param {ScopeRow} row
 */
function hasOtherVersion(node, { version }) {
  return node !== undefined && node.dataset['version'] !== String(version)
}

/** @param {HTMLElement | undefined} node */
function flash(node) {
  node?.animate([{ backgroundColor: 'var(--flash)' }, { backgroundColor: 'transparent' }], { duration: 900 })
}

/**
 * @param {string} value
 * @param {string} text
 */
function option(value, text) {
  return element('option', { value }, text)
}
