/** A block of code between fences. */
export interface CodeBlock {
  /** The word after the fence; '' without one. */
  readonly language: string
  /** What follows the language: what a test makes of the block. */
  readonly mark: string
  readonly code: string
  /** Of the opening fence, from 1. */
  readonly line: number
}

/** A link to a file, an anchor or an address, of text, of a picture or of HTML. */
export interface Link {
  readonly target: string
  readonly line: number
}

/** A test, or a clause of several, that a page names as the proof of something: `` `file.test.ts` › title ``. */
export interface NamedTest {
  readonly file: string
  /** How its title, or that of a group, begins; undefined where the file as a whole is named. */
  readonly title: string | undefined
  readonly line: number
}

/** A page of the documentation, as far as tests look at it. */
export interface Page {
  /** From the root of the repository, with `/`. */
  readonly path: string
  readonly text: string
  readonly blocks: readonly CodeBlock[]
  /** What a link can lead to within the page, as GitHub names it. */
  readonly anchors: ReadonlySet<string>
  readonly links: readonly Link[]
  readonly namedTests: readonly NamedTest[]
}

/** Reads Markdown as these pages use it: fences, headings, inline links, and `src`, `srcset` and `href` of HTML. */
export function parsePage(path: string, text: string): Page {
  const { blocks, prose } = splitBlocks(text)
  return {
    path,
    text,
    blocks,
    anchors: anchorsOf(prose),
    links: prose.flatMap(({ line, content }) => linksIn(content).map(target => ({ target, line }))),
    namedTests: prose.flatMap(({ line, content }) => testsIn(content).map(named => ({ ...named, line }))),
  }
}

interface ProseLine {
  readonly line: number
  readonly content: string
}

function splitBlocks(text: string): { readonly blocks: readonly CodeBlock[]; readonly prose: readonly ProseLine[] } {
  const blocks: CodeBlock[] = []
  const prose: ProseLine[] = []
  let open:
    { readonly fence: string; readonly indent: string; readonly info: string; readonly line: number } | undefined
  let code: string[] = []
  for (const [index, content] of text.split('\n').entries()) {
    const line = index + 1
    const [, indent = '', fence = '', info = ''] = /^(\s*)(`{3,})\s*(.*)$/.exec(content) ?? []
    if (open === undefined) {
      if (fence === '') prose.push({ line, content })
      else open = { fence, indent, info: info.trim(), line }
    } else if (fence.startsWith(open.fence) && info === '') {
      const [language = '', ...marks] = open.info.split(/\s+/)
      blocks.push({ language, mark: marks.join(' '), code: code.map(each => `${each}\n`).join(''), line: open.line })
      open = undefined
      code = []
    } else code.push(content.startsWith(open.indent) ? content.slice(open.indent.length) : content)
  }
  if (open !== undefined) throw new Error(`The block of line ${open.line} is not closed.`)
  return { blocks, prose }
}

function anchorsOf(prose: readonly ProseLine[]): ReadonlySet<string> {
  const anchors = new Set<string>()
  for (const { content } of prose) {
    const [, heading] = /^#{1,6} +(.+?) *#*$/.exec(content) ?? []
    if (heading === undefined) continue
    const anchor = heading
      .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{Letter}\p{Number}\p{Mark}\p{Connector_Punctuation} -]/gu, '')
      .replaceAll(' ', '-')
    let distinct = anchor
    for (let again = 1; anchors.has(distinct); again++) distinct = `${anchor}-${again}`
    anchors.add(distinct)
  }
  return anchors
}

function linksIn(content: string): readonly string[] {
  const text = content.replaceAll(/`[^`]*`/g, '`')
  return [
    ...[...text.matchAll(/\]\(\s*([^()\s]+)(?:\s+"[^"]*")?\s*\)/g)].map(([, target = '']) => target),
    ...[...text.matchAll(/\b(?:src|srcset|href)="([^"]*)"/g)].map(([, target = '']) => target),
  ]
}

function testsIn(content: string): readonly Pick<NamedTest, 'file' | 'title'>[] {
  return [...content.matchAll(/`([\w./-]+\.ts)`(?: › ([^|;]+))?/g)]
    .map(([, file = '', title]) => ({ file, title: title?.trim() }))
    .filter(({ file, title }) => title !== undefined || file.endsWith('.test.ts'))
}
