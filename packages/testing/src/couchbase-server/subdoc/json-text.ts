/** A piece of a JSON text. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** A member of an object or an element of an array; elements have no name. */
export interface Entry {
  readonly name: string | undefined
  /** With its name. */
  readonly whole: Span
  readonly value: Span
}

/** The value of a whole text that is valid JSON, without the blanks around it. */
export function rootValue(text: string): Span {
  const start = skipBlanks(text, 0)
  return { start, end: valueEnd(text, start) }
}

/** Members or elements of the container that is there, in order; the text must be valid JSON. */
export function entriesOf(text: string, { start }: Span): readonly Entry[] {
  const isObject = text[start] === '{'
  const entries: Entry[] = []
  let at = skipBlanks(text, start + 1)
  while (text[at] !== '}' && text[at] !== ']') {
    const entryStart = at
    let name: string | undefined
    if (isObject) {
      const nameEnd = valueEnd(text, at)
      name = String(JSON.parse(text.slice(at, nameEnd)))
      at = skipBlanks(text, skipBlanks(text, nameEnd) + 1)
    }
    const end = valueEnd(text, at)
    entries.push({ name, whole: { start: entryStart, end }, value: { start: at, end } })
    at = skipBlanks(text, end)
    if (text[at] === ',') at = skipBlanks(text, at + 1)
  }
  return entries
}

/** Which container is there, if any. */
export function containerKind(text: string, { start }: Span): 'object' | 'array' | undefined {
  if (text[start] === '{') return 'object'
  return text[start] === '[' ? 'array' : undefined
}

function valueEnd(text: string, start: number): number {
  const first = text[start]
  if (first === '"') return stringEnd(text, start)
  if (first !== '{' && first !== '[') return scalarEnd(text, start)
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const character = text[at]
    if (character === '"') at = stringEnd(text, at) - 1
    else if (character === '{' || character === '[') depth++
    else if (character === '}' || character === ']') depth--
    if (depth === 0) return at + 1
  }
  return text.length
}

/** A number or a word. */
function scalarEnd(text: string, start: number): number {
  let at = start
  while (at < text.length && !SCALAR_ENDS.has(text[at] ?? '')) at++
  return at
}

function stringEnd(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

function skipBlanks(text: string, start: number): number {
  let at = start
  while (BLANKS.has(text[at] ?? '')) at++
  return at
}

const BLANKS: ReadonlySet<string> = new Set([' ', '\t', '\r', '\n'])

const SCALAR_ENDS: ReadonlySet<string> = new Set([...BLANKS, ',', ']', '}'])
