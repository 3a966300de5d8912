import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Consumer } from './consumer.ts'
import type { Entry } from './packed-package.ts'

/** The compilers that a user may have, each installed under a name of its own. */
export const compilers: Readonly<Record<string, string>> = {
  'typescript-5.9': '5.9.3',
  'typescript-6.0': '6.0.3',
  'typescript-7.0': '7.0.2',
}

/** How a user's project may look for modules, and the files that it can then compile. */
const projects = {
  // `require` of a module of ours is known to the compiler. Declarations are checked as a whole, not only what a program uses.
  nodenext: { module: 'nodenext', skipLibCheck: false, files: ['entries.mts', 'entries.cts', 'programs'] },
  // It is not, but `import()` is.
  node16: { module: 'node16', skipLibCheck: true, files: ['entries.mts', 'dynamic.cts'] },
  bundler: { module: 'preserve', moduleResolution: 'bundler', skipLibCheck: true, files: ['entries.mts'] },
} as const

const strictest = {
  target: 'es2022',
  // Without the names of browsers, which take most of the time.
  lib: ['es2022'],
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  noPropertyAccessFromIndexSignature: true,
  rootDir: '.',
  noEmitOnError: false,
}

/** Writes the projects of a user that imports all these entries. */
export async function writeProjects(consumer: Consumer, entries: readonly Entry[]): Promise<void> {
  const all = entries.map(({ specifier }, index) => ({ specifier, name: `entry${index}` }))
  const stated = [
    ...all.map(({ specifier, name }) => `import * as ${name} from '${specifier}'`),
    `export const entries: readonly object[] = [${all.map(({ name }) => name).join(', ')}]`,
  ]
  const called = `export const entries = [${all.map(({ specifier }) => `import('${specifier}')`).join(', ')}]`
  await consumer.write('entries.mts', `${stated.join('\n')}\n`)
  await consumer.write('entries.cts', `${stated.join('\n')}\n`)
  await consumer.write('dynamic.cts', `${called}\n`)
  const programs = await readdir(join(consumer.directory, 'programs')).catch(() => [])
  for (const [name, { files, ...options }] of Object.entries(projects)) {
    const named = files.flatMap(file => (file === 'programs' ? programs.map(program => `programs/${program}`) : [file]))
    const config = { compilerOptions: { ...strictest, ...options, outDir: 'out' }, files: named }
    await consumer.write(`tsconfig.${name}.json`, JSON.stringify(config))
  }
}

/**
 * What a compiler has to say of our declarations and of the user's programs. A declaration of somebody else's package is
 * none of ours. The newest compiler writes the programs to `out`.
 */
export async function compileProblems(consumer: Consumer, compiler: string): Promise<readonly string[]> {
  const problems: string[] = []
  for (const name of Object.keys(projects)) {
    const tsc = join('node_modules', compiler, 'bin', 'tsc')
    const emit = compiler === writer && name === 'nodenext' ? [] : ['--noEmit']
    const { status, stdout, stderr } = await consumer.run(process.execPath, [
      tsc,
      '-p',
      `tsconfig.${name}.json`,
      '--pretty',
      'false',
      ...emit,
    ])
    const errors = stdout.split('\n').filter(line => line.includes('error TS'))
    const ours = errors.filter(line => !/^node_modules\/(?!@scopes\/)/.test(line))
    problems.push(...ours.map(error => `${compiler} with ${name}: ${error}`))
    if (status !== 0 && errors.length === 0) problems.push(`${compiler} with ${name}: ${stdout}${stderr}`)
  }
  return problems
}

const writer = Object.keys(compilers).at(-1)
