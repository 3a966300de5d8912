import type { CodeBlock, Page } from './page.ts'

/**
 * TypeScript in a page. `ts`: it is compiled. `ts run`: it runs as well and ends by itself. `ts serve`: it runs and listens, and the requests
 * of the next block `http` are made to it. `ts sketch` shows a file of the reader's own and is neither.
 */
export interface Snippet {
  readonly name: string
  /** The name of its module, which tells the place in the page. */
  readonly file: string
  readonly code: string
  readonly type: 'compiled' | 'run' | 'serve'
  /** What it prints, as the block `text output` after it says. */
  readonly output: string | undefined
  /** What a visitor asks and gets, as the block `http` after it says. */
  readonly visits: readonly Visit[]
}

/** A line `POST /cart/tea → 303`, or with the text of the answer: `GET /cart → 200 ["tea"]`. */
interface Visit {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly status: number
  readonly body: string | undefined
}

/** The snippets of a page. A mark that means nothing is an error. */
export function snippetsOf(page: Page): readonly Snippet[] {
  return page.blocks.flatMap((block, index) => {
    if (block.language !== 'ts' || block.mark === 'sketch') return []
    const next = page.blocks[index + 1]
    return [
      {
        name: `${page.path}:${block.line}`,
        file: `${page.path.replace(/\.md$/, '').replaceAll('/', '-')}-line-${block.line}.ts`,
        code: moduleOf(block),
        type: typeOf(page, block),
        output: next?.language === 'text' && next.mark === 'output' ? next.code : undefined,
        visits: next?.language === 'http' ? next.code.trimEnd().split('\n').map(visitOf) : [],
      },
    ]
  })
}

function typeOf(page: Page, { mark, line }: CodeBlock): Snippet['type'] {
  if (mark === '') return 'compiled'
  if (mark === 'run' || mark === 'serve') return mark
  throw new Error(`${page.path}:${line}: nobody knows what "ts ${mark}" is.`)
}

function visitOf(line: string): Visit {
  const [, method, path = '', status, body] = /^(GET|POST) (\S+) → (\d{3})(?: (.+))?$/.exec(line) ?? []
  if (method !== 'GET' && method !== 'POST') throw new Error(`No request and its answer: ${line}`)
  return { method, path, status: Number(status), body }
}

/** A line `expression // → value` fails where the expression has another value. Lines keep their numbers. */
function moduleOf({ code }: CodeBlock): string {
  const checked = code.replaceAll(
    /^(\s*)(.*\S) +\/\/ → (.+)$/gm,
    (_, indent: string, statement: string, value: string) => `${indent}shows__(${expressionOf(statement)}, ${value})`,
  )
  // An export makes each a module of its own, also one that imports nothing.
  if (checked === code) return `${code}\nexport {}\n`
  return `${checked}
function shows__(actual: unknown, expected: unknown): void {
  deepStrictEqual__(actual, expected)
}
import { deepStrictEqual as deepStrictEqual__ } from 'node:assert'
`
}

function expressionOf(statement: string): string {
  if (/^(?:const|let|return)\b/.test(statement)) throw new Error(`Not an expression: ${statement}`)
  return /^console\.log\((.*)\)$/.exec(statement)?.[1] ?? statement
}
