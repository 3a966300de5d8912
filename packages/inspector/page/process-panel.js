/** @import { EventLine, FeedLamp, Hello, Overview, Sample } from '../src/web/page-data.ts' */
import { element } from './element.js'
import { agoText, clockText, delayText } from './words.js'

const linesShown = 100

/** @type {Readonly<Record<FeedLamp['status'], string>>} */
const meanings = {
  idle: 'idle: nothing here is kept current by the feed',
  'catching-up': 'catching up',
  live: 'live: whatever is committed anywhere arrives',
  degraded: 'interrupted: nothing arrives',
}

/** How current this process is, and what it has told of itself. */
export class ProcessPanel {
  #intro = element('p', { class: 'quiet' })
  #own = element('dd')
  #replicas = element('dd')
  #lag = element('dd', {}, 'nothing has changed yet')
  #latency = element('dd', {}, 'no commit yet')
  #list = element('ol', { class: 'lines', 'aria-label': 'Events, newest first' })
  #empty = element('p', { class: 'quiet' }, 'Nothing out of the ordinary.')
  node = element(
    'section',
    { class: 'panel', 'aria-label': 'Process', hidden: true },
    element('h2', {}, 'This process'),
    this.#intro,
    element(
      'dl',
      { class: 'facts is-wide' },
      element('div', {}, element('dt', {}, 'Replicas'), this.#replicas),
      element('div', {}, element('dt', {}, 'This page'), this.#own),
      element('div', {}, element('dt', {}, 'Lag of the feed'), this.#lag),
      element('div', {}, element('dt', {}, 'Commits'), this.#latency),
    ),
    element('h2', {}, 'What it has told'),
    this.#empty,
    this.#list,
  )
  #isMounted = false

  /** @param {Hello} hello */
  reset({ process, application, events, samples }) {
    this.#isMounted = process !== undefined
    this.#intro.textContent = this.#isMounted
      ? `The inspector is mounted in ${process} of ${application}. Reload, and another process may answer.`
      : 'The inspector stands beside the processes that use the store and sees what the changes feed brings. Latency, policies and replicas are known only inside those: mount it there.'
    if (!this.#isMounted) this.#latency.textContent = this.#replicas.textContent = 'not known here'
    this.#list.replaceChildren()
    this.#empty.hidden = false
    this.add(events)
    for (const sample of samples) this.sample(sample)
  }

  /** @param {Overview} overview */
  overview({ feed, replicas, replicaLagMs }) {
    this.#own.textContent = lampText(feed)
    if (!this.#isMounted || replicas === undefined) return
    const lag = replicaLagMs === undefined ? '' : `; all of ${delayText(replicaLagMs)} ago had arrived`
    this.#replicas.textContent = lampText(replicas) + lag
  }

  /** @param {Sample} sample */
  sample({ lagMs, latencyMs, slowestMs = 0 }) {
    if (lagMs !== undefined)
      this.#lag.textContent = `${delayText(lagMs)} from a commit until it was seen, by the clocks of the writers`
    if (latencyMs !== undefined)
      this.#latency.textContent = `stored in ${delayText(latencyMs)}, 99 of 100 within ${delayText(slowestMs)}`
  }

  /** @param {readonly EventLine[]} lines oldest first */
  add(lines) {
    this.#empty.hidden ||= lines.length > 0
    this.#list.prepend(...lines.toReversed().map(lineNode))
    while (this.#list.children.length > linesShown) this.#list.lastElementChild?.remove()
  }
}

/** @param {FeedLamp} lamp */
function lampText({ status, since, reason }) {
  return [meanings[status], since !== undefined && `since ${agoText(since)}`, reason].filter(Boolean).join(', ')
}

/** @param {EventLine} line */
function lineNode({ seenAt, channel, text, isTrouble }) {
  return element(
    'li',
    { class: 'line is-told' },
    element('time', { datetime: new Date(seenAt).toISOString() }, clockText(seenAt)),
    element('span', { class: isTrouble ? 'badge is-unreadable' : 'badge' }, channel),
    element('span', { class: 'told' }, text),
  )
}
