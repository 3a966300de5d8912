/** A picture of bars in groups. */
export interface BarChart {
  /** What it is, for whoever cannot see it. */
  readonly title: string
  readonly heading: string
  readonly note: string
  readonly groups: readonly BarGroup[]
}

/** Bars that are compared with each other. */
export interface BarGroup {
  readonly title: string
  /** The value of a bar over the whole width. */
  readonly most: number
  readonly bars: readonly Bar[]
}

/** One bar. */
export interface Bar {
  readonly label: string
  readonly value: number
  /** What is written behind it. */
  readonly text: string
  /** Ours, somebody else's, or what nobody can do better. */
  readonly side: 'scopes' | 'other' | 'bare'
}

const width = 760
const labelWidth = 300
const barHeight = 18
const barStep = 24
const groupGap = 34
const valueWidth = 84
const top = 56

/** The picture as the text of an SVG file. */
export function drawBars({ title, heading, note, groups }: BarChart): string {
  const lines: string[] = []
  let y = top
  for (const group of groups) {
    lines.push(`  <text class="title" x="0" y="${y + 12}">${group.title}</text>`)
    y += barStep
    for (const bar of group.bars) {
      const length = Math.max(2, Math.round((bar.value / group.most) * (width - labelWidth - valueWidth)))
      lines.push(
        `  <text class="label" x="${labelWidth - 10}" y="${y + 13}">${bar.label}</text>`,
        `  <rect class="${bar.side}" x="${labelWidth}" y="${y}" width="${length}" height="${barHeight}" rx="3"/>`,
        `  <text class="value" x="${labelWidth + length + 8}" y="${y + 13}">${bar.text}</text>`,
      )
      y += barStep
    }
    y += groupGap - barStep
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img" aria-labelledby="name">`,
    `  <title id="name">${title}</title>`,
    ...style,
    `  <text class="heading" x="0" y="18">${heading}</text>`,
    `  <text class="note" x="0" y="38">${note}</text>`,
    ...lines,
    '</svg>',
    '',
  ].join('\n')
}

/** A page shows an image on white and on black: the colours follow the reader's choice. */
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
