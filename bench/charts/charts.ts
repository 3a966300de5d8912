import { writeFile } from 'node:fs/promises'
import { rateName } from '../http/comparison.ts'
import { type Contestant, type Workload, contestants, workloads } from '../http/contestants.ts'
import { type Bar, type BarChart, type BarGroup, drawBars } from './bar-chart.ts'
import type { RecordedFigures } from './figures.ts'

/** The charts of the documents, by the names of their files beside this one: pictures of recorded figures and of nothing else. */
export const charts: Readonly<Record<string, (figures: RecordedFigures) => string>> = {
  'lost-updates.svg': figures => drawBars(lostUpdates(figures)),
  'requests.svg': figures => drawBars(requests(figures)),
}

/** Afterwards the files show these figures. */
export async function writeCharts(figures: RecordedFigures): Promise<void> {
  for (const [file, draw] of Object.entries(charts)) await writeFile(new URL(file, import.meta.url), draw(figures))
}

const lostShapes = [
  ['lost-http-at-once', 'One number, all at once: lost of 800', 800],
  ['lost-http-slow', 'One number, 5 ms in the handler: lost of 800', 800],
  ['lost-http-own-keys', 'A number for each client: lost of 800', 800],
  ['revived-http', 'Back after a logout that overlaps a slow write: of 10', 10],
] as const

function lostUpdates(figures: RecordedFigures): BarChart {
  const sides = contestantNames.filter(side => side !== 'express' && side !== 'scopes-memory')
  return {
    title: 'Updates that are lost and sessions that come back, with express-session and with Scopes',
    heading: 'Lost updates, and sessions that come back',
    note: '8 clients, 100 increments each, one session; shorter is better',
    groups: lostShapes.map(([name, title, most]) => ({
      title,
      most,
      bars: barsOf(sides, side => `${name}/${side}`, figures),
    })),
  }
}

function requests(figures: RecordedFigures): BarChart {
  const groups = (Object.keys(workloads) as readonly Workload[]).map((workload): Omit<BarGroup, 'most'> => ({
    title: workloads[workload].title,
    bars: barsOf(contestantNames, side => rateName(workload, side), figures),
  }))
  const most = Math.max(...groups.flatMap(({ bars }) => bars.map(({ value }) => value)))
  return {
    title: 'Requests per second of Express 5 with Scopes and with express-session',
    heading: 'Requests per second',
    note: 'Express 5, 32 clients, each with a session of its own; longer is better',
    groups: groups.map(group => ({ ...group, most })),
  }
}

const contestantNames = Object.keys(contestants) as readonly Contestant[]

/** What was not recorded has no bar. */
function barsOf(
  sides: readonly Contestant[],
  nameOf: (side: Contestant) => string,
  figures: RecordedFigures,
): readonly Bar[] {
  return sides.flatMap(side => {
    const figure = figures[nameOf(side)]
    if (figure === undefined) return []
    const text = Math.round(figure.value).toLocaleString('en')
    return [{ label: contestants[side], value: figure.value, text, side: sideOf(side) }]
  })
}

function sideOf(contestant: Contestant): Bar['side'] {
  if (contestant === 'express') return 'bare'
  return contestant.includes('scopes') ? 'scopes' : 'other'
}
