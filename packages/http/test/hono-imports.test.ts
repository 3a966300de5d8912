import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

const source = new URL('../src/', import.meta.url)

/** Every module that a file of this package imports, by itself or by another of its files, with the way to it; types too. */
async function importsOf(
  file: string,
  way: readonly string[] = [],
  seen = new Map<string, string>(),
): Promise<Map<string, string>> {
  const text = await readFile(new URL(file, source), 'utf8')
  const here = [...way, file]
  for (const [, name = ''] of text.matchAll(/(?:from|import\(|import) '([^']+)'/g)) {
    const isOurs = name.startsWith('.')
    const resolved = isOurs ? new URL(name, new URL(file, source)).href.slice(source.href.length) : name
    if (seen.has(resolved)) continue
    seen.set(resolved, [...here, resolved].join(' → '))
    if (isOurs) await importsOf(resolved, here, seen)
  }
  return seen
}

test.each(['hono.ts', 'index.ts'])(
  '%s imports nothing of Node, nor does anything of this package that it stands on',
  async file => {
    const imports = await importsOf(file)
    expect(imports.has('gate-request.ts')).toBe(true)
    const foreign = [...imports].filter(([name]) => !name.endsWith('.ts'))
    expect(foreign.filter(([name]) => name.startsWith('node:')).map(([, way]) => way)).toEqual([])
    expect(foreign.map(([name]) => name).toSorted()).toEqual([
      '@noble/hashes/hmac.js',
      '@noble/hashes/sha2.js',
      '@scopes/core',
      'cookie',
    ])
  },
)

test('the others do import something of Node: the test can see it', async () => {
  for (const file of ['express.ts', 'koa.ts', 'fastify.ts']) {
    expect([...(await importsOf(file)).keys()].filter(name => name.startsWith('node:'))).not.toEqual([])
  }
})
