/** @import { Sample } from '../src/web/page-data.ts' */
import { drawing, element } from './element.js'

const width = 240
const height = 48
/** Seconds on the axis: as many as there are, within these. */
const [shortest, longest] = [30, 180]

/**
 * One number over the last three minutes, with its newest value. `read` gives undefined where nothing is known.
 *
 * @typedef {{ readonly title: string, readonly hint: string, readonly text: (value: number) => string,
 *   readonly read: (sample: Sample) => number | undefined, readonly unknown?: string | undefined }} ChartOptions
 */

/**
 * A chart and how to show it samples, newest last.
 *
 * @param {ChartOptions} options
 */
export function chart({ title, hint, text, read, unknown }) {
  const value = element('strong', { class: 'chart-value' }, '–')
  const peak = element('span', { class: 'quiet' })
  const area = drawing('path', { class: 'chart-area' })
  const line = drawing('path', { class: 'chart-line' })
  const picture = drawing(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': title },
    area,
    line,
  )
  const node = element(
    'figure',
    { class: 'chart', title: hint },
    element('figcaption', {}, element('span', {}, title), value),
    unknown === undefined ? picture : element('p', { class: 'quiet' }, unknown),
    peak,
  )

  /** @param {readonly Sample[]} samples */
  const show = samples => {
    if (unknown !== undefined) return
    const values = samples.map(read)
    const known = values.filter(one => one !== undefined)
    const most = Math.max(0, ...known)
    const newest = known.at(-1)
    value.textContent = newest === undefined ? '–' : text(newest)
    peak.textContent = known.length === 0 ? 'nothing yet' : `at most ${text(most)}`
    picture.setAttribute('aria-label', `${title}: ${value.textContent}, ${peak.textContent}`)
    const points = pointsOf(values, most)
    line.setAttribute('d', pathOf(points))
    area.setAttribute('d', areaOf(points))
  }
  return { node, show }
}

/**
 * Where the values stand; a second without one is left out, so that the line goes on to the next.
 *
 * @param {readonly (number | undefined)[]} values
 * @param {number} most
 */
function pointsOf(values, most) {
  const shown = values.slice(-longest)
  const span = Math.max(shortest, shown.length)
  return shown.flatMap((value, index) => {
    if (value === undefined) return []
    const x = width - ((shown.length - 1 - index) / (span - 1)) * width
    const y = height - 2 - (most === 0 ? 0 : (value / most) * (height - 6))
    return [[x, y]]
  })
}

/** @param {readonly (readonly number[])[]} points */
function pathOf(points) {
  return points.map(([x = 0, y = 0], index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('')
}

/** @param {readonly (readonly number[])[]} points */
function areaOf(points) {
  const [first, last] = [points.at(0)?.[0], points.at(-1)?.[0]]
  if (first === undefined || last === undefined) return ''
  return `${pathOf(points)}L${last.toFixed(1)} ${height}L${first.toFixed(1)} ${height}Z`
}
