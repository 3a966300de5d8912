import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { compileProblems, compilers, writeProjects } from './compile.ts'
import { Consumer } from './consumer.ts'
import { licenceProblems } from './licences.ts'
import { loadProblems } from './load-entries.ts'
import { contentProblems } from './package-contents.ts'
import { optionalPeers } from './packed-package.ts'
import { commandProblems, programProblems, writePrograms } from './run-programs.ts'
import { sizeProblems } from './sizes.ts'

const usage = `Usage: check:packages [--node PATH]… [--write-sizes]

Installs the packed packages with npm in an empty folder, as a user would, and compiles, loads and runs them there.

  --node PATH     a Node to run them on, beside this one; may be given several times
  --write-sizes   writes test/packaging/sizes.md instead of comparing with it
`

// What a user adds to the packages in his own project, in the versions that this repository is developed with.
const tools = [
  '@types/node@20.19.25',
  ...Object.entries(compilers).map(([as, version]) => `${as}@npm:typescript@${version}`),
]
const framework = ['express@5.3.0', '@types/express@5.0.6', '@types/express-session@1.19.0']

const { values } = parseArgs({
  options: {
    node: { type: 'string', multiple: true, default: [] },
    'write-sizes': { type: 'boolean', default: false },
    help: { type: 'boolean' },
  },
})
if (values.help) process.stdout.write(usage)
else await checkPackages([process.execPath, ...values.node.map(path => resolve(path))], values['write-sizes'])

async function checkPackages(nodes: readonly string[], writesSizes: boolean): Promise<void> {
  const packed = join(import.meta.dirname, '..', '..', 'node_modules', '.packed')
  const tarballs = (await readdir(packed)).map(file => join(packed, file))
  await using consumer = await Consumer.make()

  await consumer.install([...tarballs, ...tools])
  const packages = await consumer.packages()
  const entries = packages.flatMap(one => one.entries)
  const alone = entries.filter(({ peer }) => peer === undefined)
  await check(`${packages.length} packages: files and manifests`, async () =>
    (await Promise.all(packages.map(contentProblems))).flat(),
  )
  await check('licences of all that comes with them', () => licenceProblems(consumer))
  await check(`${alone.length} entries without an optional peer`, async () => {
    await writeProjects(consumer, alone)
    return [
      ...(await loadProblems(consumer, process.execPath, alone)),
      ...(await compileProblems(consumer, Object.keys(compilers).at(-1) ?? '')),
    ]
  })
  await check('sizes', () => sizeProblems(packages, packed, writesSizes))

  await consumer.install([...new Set(packages.flatMap(({ manifest }) => optionalPeers(manifest))), ...framework])
  await writePrograms(consumer)
  await writeProjects(consumer, entries)
  for (const compiler of Object.keys(compilers)) {
    await check(`${entries.length} entries compiled by ${compiler}`, () => compileProblems(consumer, compiler))
  }
  for (const node of nodes) {
    const { stdout } = await consumer.run(node, ['--version'])
    await check(`entries, programs and commands on Node ${stdout.trim()}`, async () => [
      ...(await loadProblems(consumer, node, entries)),
      ...(await programProblems(consumer, node)),
      ...(await commandProblems(consumer, node, packages)),
    ])
  }
}

async function check(name: string, findProblems: () => Promise<readonly string[]>): Promise<void> {
  const problems = await findProblems()
  process.stdout.write(`${problems.length === 0 ? 'ok' : 'FAILED'}: ${name}\n`)
  for (const problem of problems) process.stdout.write(`  ${problem.trimEnd().replaceAll('\n', '\n  ')}\n`)
  if (problems.length > 0) process.exitCode = 1
}
