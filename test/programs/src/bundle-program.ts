import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Plugin, build } from 'esbuild'
import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** The directory of the bundled programs of this run; `vitest-setup.ts` makes it. */
    readonly bundledPrograms: string
  }
}

/** They find native code or other files by the place of their own files, so they are loaded from there. */
const loadedInPlace = /^(?:@photostructure\/sqlite|couchbase|msgpackr|playwright-core)$/

/**
 * The program in that TypeScript file with all that it imports, bundled as JavaScript once in each run of the tests.
 * A process that is started from it needs no loader, and so a sixth of the time to start. Its `import.meta` is that of the
 * bundle. `others`: files that are started from it, which will be beside it; where one is named as `new URL('other.ts',
 * import.meta.url)`, its bundle is meant.
 */
export async function bundleProgram(program: URL, others: readonly URL[] = []): Promise<URL> {
  const source = fileURLToPath(program)
  const name = basename(source, '.ts')
  // With others beside it, it is another bundle.
  const digest = createHash('sha256')
    .update([program, ...others].join('\n'))
    .digest('hex')
    .slice(0, 8)
  const directory = join(inject('bundledPrograms'), `${name}-${digest}`)
  if (!existsSync(directory)) {
    // Several test files may need it at the same time: each makes it, and it is there as a whole or not at all.
    const unfinished = `${directory}-${process.pid}`
    await build({
      entryPoints: [source, ...others.map(other => fileURLToPath(other))],
      outdir: unfinished,
      entryNames: '[name]',
      outExtension: { '.js': '.mjs' },
      bundle: true,
      // What is imported when it is needed is a file of its own.
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      conditions: ['@scopes/source'],
      logLevel: 'error',
      banner: {
        js: "import { createRequire as createRequireOfBundle } from 'node:module'\nconst require = createRequireOfBundle(import.meta.url)",
      },
      plugins: [leaveInPlace, ...(others.length > 0 ? [namingBundles(others)] : [])],
    })
    await rename(unfinished, directory).catch(async (error: unknown) => {
      if (!existsSync(directory)) throw error
      await rm(unfinished, { recursive: true })
    })
  }
  return pathToFileURL(join(directory, `${name}.mjs`))
}

/** What is started has another place and ending as a bundle. */
function namingBundles(others: readonly URL[]): Plugin {
  const names = new Map(others.map(({ href }) => [href, `${basename(href, '.ts')}.mjs`]))
  return {
    name: 'name-bundles',
    setup(bundling) {
      bundling.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const text = await readFile(path, 'utf8')
        const contents = text.replaceAll(/(?<=new URL\(')[^']+(?=', import\.meta\.url\))/g, file => {
          return names.get(new URL(file, pathToFileURL(path)).href) ?? file
        })
        return { contents, loader: 'ts' }
      })
    },
  }
}

const resolved = Symbol('resolved')

const leaveInPlace: Plugin = {
  name: 'leave-in-place',
  setup(bundling) {
    bundling.onResolve({ filter: loadedInPlace }, async ({ path, kind, resolveDir, importer, pluginData }) => {
      if (pluginData === resolved) return undefined
      const found = await bundling.resolve(path, { kind, resolveDir, importer, pluginData: resolved })
      return found.errors.length > 0 ? found : { path: pathToFileURL(found.path).href, external: true }
    })
  },
}
