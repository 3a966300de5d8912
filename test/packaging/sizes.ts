import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import type { PackedPackage } from './packed-package.ts'

/** The table of sizes: what each package weighs on its way to a user, and each entry in his bundle. */
const page = join(import.meta.dirname, 'sizes.md')

/** What may grow before somebody has to look: a fifth, or so many bytes. */
const tolerance = { share: 0.2, bytes: 2048 }

const head = `# What the packages weigh

Written by \`pnpm run check:packages --write-sizes\`; CI says when one has grown by more than a fifth since.
Kilobytes of 1000 bytes. An entry is bundled and minified by esbuild, then compressed by gzip: its own code alone, and with
the packages that it brings along, native ones and peers left out.

`

/** Rows of the table: its first column, and the numbers beside it, in bytes. */
type Rows = ReadonlyMap<string, readonly number[]>

/** Packages and entries that have grown since the table was written. One that is not in it yet is said and is no problem. */
export async function sizeProblems(
  packages: readonly PackedPackage[],
  packed: string,
  writes: boolean,
): Promise<readonly string[]> {
  const measured = await measure(packages, packed)
  if (writes) {
    await writeFile(page, tableOf(measured))
    return []
  }
  const written = rowsOf(await readFile(page, 'utf8'))
  const problems: string[] = []
  for (const [name, sizes] of measured) {
    const before = written.get(name)
    if (before === undefined) process.stdout.write(`  ${name} has no row in sizes.md yet\n`)
    for (const [index, size] of sizes.entries()) {
      const allowed = before?.[index]
      if (allowed === undefined || size <= Math.max(allowed * (1 + tolerance.share), allowed + tolerance.bytes))
        continue
      problems.push(
        `${name} has grown from ${kilobytes(allowed)} to ${kilobytes(size)} kB: if so be it, write the table anew`,
      )
    }
  }
  return problems
}

async function measure(packages: readonly PackedPackage[], packed: string): Promise<Rows> {
  const rows = new Map<string, readonly number[]>()
  for (const { name, manifest, directory, files, entries } of packages) {
    const tarball = `${name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`
    const unpacked = await Promise.all(files.map(async file => (await stat(join(directory, file))).size))
    rows.set(name, [(await stat(join(packed, tarball))).size, unpacked.reduce((sum, size) => sum + size, 0)])
    for (const entry of entries) {
      const file = join(directory, entry.default)
      rows.set(`\`${entry.specifier}\``, [
        await bundled(file, { packages: 'external' }),
        await bundled(file, withPackages),
      ])
    }
  }
  return rows
}

/** Native code is no part of a bundle, and peers are the user's own. */
const withPackages = {
  external: [
    'couchbase',
    '@photostructure/sqlite',
    'msgpackr-extract',
    'express-session',
    'fastify',
    '@opentelemetry/*',
  ],
}

async function bundled(
  file: string,
  options: { readonly packages: 'external' } | { readonly external: string[] },
): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    write: false,
    logLevel: 'error',
    ...options,
  })
  return outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents).length, 0)
}

function tableOf(rows: Rows): string {
  const isEntry = ([name]: readonly [string, unknown]): boolean => name.startsWith('`')
  const lines = (of: readonly (readonly [string, readonly number[]])[]): string =>
    of.map(([name, sizes]) => `| ${name} | ${sizes.map(kilobytes).join(' | ')} |\n`).join('')
  const all = [...rows].sort(([a], [b]) => (a < b ? -1 : 1))
  return `${head}| package | packed | unpacked |
| --- | --: | --: |
${lines(all.filter(row => !isEntry(row)))}
| entry | its own code | with its packages |
| --- | --: | --: |
${lines(all.filter(isEntry))}`
}

function rowsOf(table: string): Rows {
  const rows = [...table.matchAll(/^\| (`?@\S+) +\| +([\d.]+) \| +([\d.]+) \|$/gm)]
  return new Map(rows.map(([, name = '', first, second]) => [name, [Number(first) * 1000, Number(second) * 1000]]))
}

function kilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(1)
}
