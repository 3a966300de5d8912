import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import vm from 'node:vm'
import * as core from '@scopes/core'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import type { honoProgram } from './hono-program.ts'
import { openShop } from './open-shop.ts'

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

/** What every runtime of the web has (and the errors of this realm), and nothing of Node: no `process`, `Buffer`, `require` or `setImmediate`. */
const webGlobals = {
  Error,
  Headers,
  Request,
  Response,
  URL,
  URLSearchParams,
  TextEncoder,
  TextDecoder,
  btoa,
  atob,
  crypto,
  ReadableStream,
}

test('an application on Hono is bundled without a module of Node, and runs with nothing but what the web has', async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL('hono-program.ts', import.meta.url))],
    bundle: true,
    write: false,
    metafile: true,
    format: 'cjs',
    platform: 'browser',
    conditions: ['@scopes/source'],
    // The scopes themselves come from outside: their stores are the affair of the runtime.
    external: ['@scopes/core'],
  })
  const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path))
  expect([...new Set(imported)]).toEqual(['@scopes/core'])

  const module: { exports: { honoProgram?: typeof honoProgram } } = { exports: {} }
  const { scopes, store } = await openShop()
  vm.runInNewContext(outputFiles[0]?.text ?? '', {
    ...webGlobals,
    module,
    exports: module.exports,
    require: () => core,
  })
  const app = module.exports.honoProgram?.(scopes)
  const first = await app?.request('/hit')
  const [cookie = ''] = (first?.headers.get('set-cookie') ?? '').split(';')
  expect(cookie).toMatch(/^session=[\w-]{22,}\.[\w-]{43}$/)
  expect(await (await app?.request('/hit', { headers: { cookie } }))?.json()).toBe(2)
  expect(await (await app?.request('/read', { headers: { cookie } }))?.json()).toBe(2)
  store.failsWrites = true
  const failed = await app?.request('/hit', { headers: { cookie } })
  expect([failed?.status, await failed?.json()]).toEqual([503, { code: 'store-unavailable' }])
})
