import { writeFile } from 'node:fs/promises'
import { rateName } from './http/comparison.ts'
import { type Contestant, type Workload, contestants, workloads } from './http/contestants.ts'
import type { Row } from './rows.ts'

const width = 760
const labelWidth = 250
const barHeight = 18
const barStep = 24
const groupGap = 34
const valueWidth = 84
const top = 56

/** Afterwards `bench/chart.svg` shows the requests per second of the HTTP comparison in these rows. */
export async function writeChart(rows: readonly Row[]): Promise<void> {
  const values = new Map(rows.map(({ name, value }) => [name, value]))
  const groups = workloadNames
    .map(workload => ({ workload, bars: barsOf(workload, values) }))
    .filter(({ bars }) => bars.length > 0)
  if (groups.length === 0) throw new Error('The chart shows the HTTP comparison; run it as well: bench http --chart')
  await writeFile(new URL('chart.svg', import.meta.url), `${chartOf(groups).join('\n')}\n`)
}

interface Bar {
  readonly contestant: Contestant
  readonly value: number
}

interface Group {
  readonly workload: Workload
  readonly bars: readonly Bar[]
}

const workloadNames = Object.keys(workloads) as readonly Workload[]

function barsOf(workload: Workload, values: ReadonlyMap<string, number | null>): readonly Bar[] {
  return (Object.keys(contestants) as Contestant[]).flatMap(contestant => {
    const value = values.get(rateName(workload, contestant))
    return typeof value === 'number' ? [{ contestant, value }] : []
  })
}

function chartOf(groups: readonly Group[]): readonly string[] {
  const most = Math.max(...groups.flatMap(({ bars }) => bars.map(({ value }) => value)))
  const scale = (width - labelWidth - valueWidth) / most
  const lines: string[] = []
  let y = top
  for (const { workload, bars } of groups) {
    lines.push(`  <text class="title" x="0" y="${y + 12}">${workloads[workload].title}</text>`)
    y += barStep
    for (const { contestant, value } of bars) {
      const length = Math.max(2, Math.round(value * scale))
      lines.push(
        `  <text class="label" x="${labelWidth - 10}" y="${y + 13}">${contestants[contestant]}</text>`,
        `  <rect class="${classOf(contestant)}" x="${labelWidth}" y="${y}" width="${length}" height="${barHeight}" rx="3"/>`,
        `  <text class="value" x="${labelWidth + length + 8}" y="${y + 13}">${Math.round(value).toLocaleString('en')}</text>`,
      )
      y += barStep
    }
    y += groupGap - barStep
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img" aria-labelledby="name">`,
    '  <title id="name">Requests per second of Express 5 with Scopes and with express-session</title>',
    ...style,
    '  <text class="heading" x="0" y="18">Requests per second</text>',
    '  <text class="note" x="0" y="38">Express 5, 32 clients, each with a session of its own; longer is better</text>',
    ...lines,
    '</svg>',
  ]
}

function classOf(contestant: Contestant): string {
  if (contestant === 'express') return 'bare'
  return contestant.startsWith('scopes') ? 'scopes' : 'other'
}

/** GitHub shows an image on white and on black: the colours follow the reader's choice. */
const style = [
  '  <style>',
  '    text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328 }',
  '    .heading { font-size: 17px; font-weight: 600 }',
  '    .title { font-weight: 600 }',
  '    .label { text-anchor: end }',
  '    .note { fill: #59636e }',
  '    .value { font-variant-numeric: tabular-nums }',
  '    .scopes { fill: #0f766e }',
  '    .other { fill: #9aa4b2 }',
  '    .bare { fill: #d5dae1 }',
  '    @media (prefers-color-scheme: dark) {',
  '      text { fill: #e6edf3 }',
  '      .note { fill: #9198a1 }',
  '      .scopes { fill: #2dd4bf }',
  '      .other { fill: #6e7681 }',
  '      .bare { fill: #3d444d }',
  '    }',
  '  </style>',
] as const
