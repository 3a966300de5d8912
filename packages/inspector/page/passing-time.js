import { element } from './element.js'
import { agoText, dateText, deadlineText } from './words.js'

/**
 * How long ago something was, as it is while it is shown.
 *
 * @param {number} at
 */
export function ago(at) {
  return element('time', { datetime: new Date(at).toISOString(), title: dateText(at), 'data-ago': at }, agoText(at))
}

/**
 * In how long something ends.
 *
 * @param {number} deadline
 */
export function endsIn(deadline) {
  return element(
    'time',
    { datetime: new Date(deadline).toISOString(), title: dateText(deadline), 'data-ends': deadline },
    deadlineText(deadline),
  )
}

/** Afterwards each such time on the page says how long it is now. */
export function passTime() {
  for (const node of document.querySelectorAll('time')) {
    const { ago: at, ends } = node.dataset
    if (at === undefined && ends === undefined) continue
    const text = at === undefined ? deadlineText(Number(ends)) : agoText(Number(at))
    if (node.textContent !== text) node.textContent = text
  }
}
