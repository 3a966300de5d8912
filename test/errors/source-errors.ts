import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** A message of an error, as it stands in the source: `…` is what differs each time. */
export interface SourceMessage {
  readonly code: string
  readonly message: string
}

/** A channel of `node:diagnostics_channel` and what its doc comment says of it. */
export interface SourceChannel {
  readonly name: string
  readonly text: string
}

/** What a package can say when something goes wrong. */
export interface PackageErrors {
  readonly name: string
  readonly messages: readonly SourceMessage[]
  readonly channels: readonly SourceChannel[]
}

const packages = join(import.meta.dirname, '..', '..', 'packages')

/** The packages whose errors a user meets; the tools for tests have errors of their own. */
const told = ['core', 'sqlite', 'couchbase', 'sync', 'http', 'cfml', 'inspector', 'otel']

/** The class of each code, by the source of core: those that are derived from one have its code. */
export function classesIn(errors: string): ReadonlyMap<string, string> {
  const found = [...errors.matchAll(/class (\w+) extends ScopesError \{.*?super\('([^']+)'/gs)]
  return new Map(found.map(([, name = '', code = '']) => [name, code]))
}

/** The source of core's errors. */
export function errorsSource(): Promise<string> {
  return readFile(join(packages, 'core', 'src', 'errors.ts'), 'utf8')
}

/** What all packages can say. */
export async function readPackageErrors(): Promise<readonly PackageErrors[]> {
  const classes = classesIn(await errorsSource())
  const all = await Promise.all(told.map(name => readPackage(name, classes)))
  return all.filter(({ messages, channels }) => messages.length + channels.length > 0)
}

async function readPackage(name: string, classes: ReadonlyMap<string, string>): Promise<PackageErrors> {
  const source = join(packages, name, 'src')
  const files = await readdir(source, { recursive: true }).catch(() => [])
  const texts = await Promise.all(
    files.filter(file => file.endsWith('.ts')).map(file => readFile(join(source, file), 'utf8')),
  )
  const messages = texts.flatMap(text => messagesIn(text, classes))
  const unique = new Map(messages.map(message => [`${message.code} ${message.message}`, message]))
  return {
    name,
    messages: [...unique.values()].toSorted(byText),
    channels: texts.flatMap(channelsIn).toSorted((one, other) => (one.name < other.name ? -1 : 1)),
  }
}

function byText(one: SourceMessage, other: SourceMessage): number {
  return one.message < other.message ? -1 : 1
}

/** The messages of all errors that the text makes and that say something by themselves. */
export function messagesIn(text: string, classes: ReadonlyMap<string, string>): readonly SourceMessage[] {
  return [...text.matchAll(/new (\w+Error)\(\s*(?:'([a-z-]+)',\s*)?/g)].flatMap(match => {
    const [all, name = '', given] = match
    const code = name === 'ScopesError' ? given : classes.get(name)
    if (code === undefined) return []
    const at = match.index + all.length
    const argument = /^(\w+)[,)\s]/.exec(text.slice(at))?.[1]
    const message = argument === undefined ? literalAt(text, at) : literalOf(text.slice(0, at), argument)
    return message === undefined || /^[… ().:;]*$/.test(message) ? [] : [{ code, message }]
  })
}

/** The last text that was given to this name before. */
function literalOf(before: string, name: string): string | undefined {
  const at = before.lastIndexOf(`const ${name} =`)
  return at < 0 ? undefined : literalAt(before, at + `const ${name} =`.length)
}

/** The text literals that stand there, joined by `+`; undefined: none does. */
function literalAt(text: string, start: number): string | undefined {
  let at = skipSpace(text, start)
  let found: string | undefined
  for (;;) {
    const quote = text[at]
    if (quote !== "'" && quote !== '"' && quote !== '`') return found
    const { content, end } = readLiteral(text, at + 1, quote)
    found = `${found ?? ''}${content}`
    at = skipSpace(text, end)
    if (text[at] !== '+') return found
    at = skipSpace(text, at + 1)
  }
}

function skipSpace(text: string, start: number): number {
  let at = start
  while (/\s/.test(text[at] ?? '')) at++
  return at
}

function readLiteral(text: string, start: number, quote: string): { readonly content: string; readonly end: number } {
  let content = ''
  for (let at = start; at < text.length; at++) {
    const sign = text[at] ?? ''
    if (sign === quote) return { content, end: at + 1 }
    if (sign === '\\') content += text[++at] ?? ''
    else if (quote === '`' && text.startsWith('${', at)) {
      at = endOfHole(text, at + 2)
      content += '…'
    } else content += sign
  }
  throw new Error('A text literal does not end.')
}

/** Where the brace stands that closes the hole of a template. */
function endOfHole(text: string, start: number): number {
  let depth = 1
  for (let at = start; at < text.length; at++) {
    const sign = text[at] ?? ''
    if (sign === "'" || sign === '"' || sign === '`') at = readLiteral(text, at + 1, sign).end - 1
    else if (sign === '{') depth++
    else if (sign === '}' && --depth === 0) return at
  }
  throw new Error('A hole of a template does not end.')
}

/** Channels by the doc comments of their messages: `Published on`, or `Traced on`, and the name, and what follows up to the end of the sentence. */
export function channelsIn(text: string): readonly SourceChannel[] {
  return [...text.matchAll(/\/\*\*((?:(?!\*\/).)*)\*\//gs)].flatMap(([, comment = '']) => {
    const line = comment.replace(/\s*\n\s*\*?\s*/g, ' ').trim()
    const [, name, rest] = /^(?:Published|Traced) on `([^`]+)`,? ?:? ?(.*)$/.exec(line) ?? []
    if (name === undefined || rest === undefined) return []
    return [{ name, text: sentence(rest) }]
  })
}

function sentence(text: string): string {
  return /^.*?\.(?= |$)/.exec(text)?.[0] ?? text
}
