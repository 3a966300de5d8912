import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

test.each(['express', 'fastify', 'koa', 'hono'])(
  'the adapter of %s is thin: at most 60 lines, without its imports and comments',
  async name => {
    const text = await readFile(new URL(`../src/${name}.ts`, import.meta.url), 'utf8')
    const lines = text.split('\n').filter(line => !/^\s*(?:\/\/|\/?\*|import |$)/.test(line))
    expect(lines.length).toBeLessThanOrEqual(60)
  },
)
