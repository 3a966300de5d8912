import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Consumer } from './consumer.ts'
import type { PackedPackage } from './packed-package.ts'

const programs = join(import.meta.dirname, 'programs')

/** Puts the programs of the user into his project. */
export async function writePrograms(consumer: Consumer): Promise<void> {
  for (const name of await readdir(programs)) {
    await consumer.write(join('programs', name), await readFile(join(programs, name), 'utf8'))
  }
}

/** Runs them, as the compiler wrote them to `out`, on one SQLite file: scopes outlive a process and a kind of module. */
export async function programProblems(consumer: Consumer, node: string): Promise<readonly string[]> {
  const { stdout: version } = await consumer.run(node, ['--version'])
  const place = join('data', version.trim(), 'scopes.db')
  const problems: string[] = []
  for (const program of ['visits.mjs', 'visits-again.cjs', 'web.mjs']) {
    const { status, stdout, stderr } = await consumer.run(node, [join('out', 'programs', program), place, 'visitor-1'])
    if (status !== 0 || stderr !== '') problems.push(`${program}: exit code ${status}\n${stdout}${stderr}`)
  }
  return problems
}

/** Commands of the packages that do not say by `--help` how they are called. */
export async function commandProblems(
  consumer: Consumer,
  node: string,
  packages: readonly PackedPackage[],
): Promise<readonly string[]> {
  const problems: string[] = []
  for (const command of packages.flatMap(({ manifest }) => Object.keys(manifest.bin ?? {}))) {
    const { status, stdout, stderr } = await consumer.run(node, [join('node_modules', '.bin', command), '--help'])
    if (status !== 0 || !stdout.includes(command) || stderr !== '') {
      problems.push(`${command} --help: exit code ${status}\n${stdout}${stderr}`)
    }
  }
  return problems
}
