/** @import { FeedLamp, Hello, Overview, Sample } from '../src/web/page-data.ts' */
import { chart } from './chart.js'
import { element } from './element.js'
import { counted, countText, delayText, sizeText } from './words.js'

/** What the page is about, how current it is, and what happens, in numbers. */
export class Header {
  #store = element('span', { class: 'store' })
  #lamp = element('span', { class: 'lamp', role: 'status' }, 'connecting')
  #totals = element('span', { class: 'quiet totals' })
  #notice = element('p', { class: 'notice', role: 'alert', hidden: true })
  #charts = element('div', { class: 'charts', role: 'group', 'aria-label': 'The last three minutes' })
  node = element(
    'header',
    { class: 'top' },
    element(
      'div',
      { class: 'title' },
      element(
        'h1',
        {},
        element('img', { src: 'icon.svg', alt: '', width: '22', height: '22' }),
        'Scopes ',
        this.#store,
      ),
      this.#lamp,
      this.#totals,
    ),
    this.#notice,
    this.#charts,
  )
  /** @type {readonly ReturnType<typeof chart>[]} */
  #drawn = []
  /** @type {Sample[]} */
  #samples = []
  #isConnected = false
  /** @type {FeedLamp | undefined} */
  #feed

  /** @param {Hello} hello */
  hello({ store, process, samples }) {
    this.#store.textContent = store
    document.title = `Scopes · ${store}`
    this.#samples = [...samples]
    this.#drawn = chartsOf(process !== undefined)
    this.#charts.replaceChildren(...this.#drawn.map(({ node }) => node))
    this.#draw()
  }

  /** @param {Sample} sample */
  sample(sample) {
    this.#samples.push(sample)
    this.#samples.splice(0, this.#samples.length - 180)
    this.#draw()
  }

  /** @param {Overview} overview */
  overview({ totals: { live, ended, unreadable, bytes }, feed, isPartial }) {
    this.#feed = feed
    const bad = unreadable > 0 ? `, ${countText(unreadable)} unreadable` : ''
    this.#totals.textContent = `${counted(live, 'living scope')}, ${countText(ended)} ended${bad}, ${sizeText(bytes)}`
    const notice = noticeOf(feed, isPartial)
    this.#notice.hidden = notice === undefined
    this.#notice.textContent = notice ?? ''
    this.#showLamp()
  }

  /** @param {boolean} isConnected */
  connection(isConnected) {
    this.#isConnected = isConnected
    this.#showLamp()
  }

  #showLamp() {
    const status = this.#isConnected ? (this.#feed?.status ?? 'idle') : 'lost'
    const words = {
      live: 'live',
      idle: 'connecting',
      'catching-up': 'reading',
      degraded: 'no changes',
      lost: 'connection lost',
    }
    this.#lamp.textContent = words[status]
    this.#lamp.className = `lamp is-${status}`
    this.#lamp.title = this.#feed?.reason ?? ''
  }

  #draw() {
    for (const { show } of this.#drawn) show(this.#samples)
  }
}

/**
 * What whoever looks at the list has to know of it.
 *
 * @param {FeedLamp} feed
 * @param {boolean} isPartial
 */
function noticeOf({ status, reason }, isPartial) {
  const way = 'A scope can be opened by its whole key, kind:application:id, in the search field.'
  if (isPartial) return `The changes feed of this store does not bring every document: the list is not complete. ${way}`
  return status === 'degraded'
    ? `The list may be old or not complete, for no changes arrive. ${reason ?? ''} ${way}`
    : undefined
}

/** @param {boolean} isMounted */
function chartsOf(isMounted) {
  const unknown = isMounted ? undefined : 'Known only inside the process that commits.'
  return [
    chart({
      title: 'Commits/s',
      hint: 'All processes, as the changes feed tells',
      text: countText,
      read: ({ commits }) => commits,
    }),
    chart({
      title: 'Conflicts/s',
      hint: isMounted
        ? 'Merged commits of all processes, and decisions of merges in this one'
        : 'Merged commits: others had committed since they began',
      text: countText,
      read: ({ merged, conflicts = 0 }) => Math.max(merged, conflicts),
    }),
    chart({
      title: 'Commit latency',
      hint: 'Commits of this process, from the call to the answer of the store: the median of each second',
      text: delayText,
      read: ({ latencyMs }) => latencyMs,
      unknown,
    }),
    chart({
      title: 'Lag',
      hint: 'From a commit, by the clock of its writer, until it was seen here: the median of each second',
      text: delayText,
      read: ({ lagMs }) => lagMs,
    }),
  ]
}
