import type { Consumer } from './consumer.ts'
import type { Entry } from './packed-package.ts'

/** Loads each and tells the names that it exports, each on a line. */
const loaders = {
  'load.mjs': `const found = {}
for (const entry of process.argv.slice(2)) found[entry] = Object.keys(await import(entry)).sort()
console.log(JSON.stringify(found))
`,
  'load.cjs': `const found = {}
for (const entry of process.argv.slice(2)) found[entry] = Object.keys(require(entry)).sort()
console.log(JSON.stringify(found))
`,
}

/** Entries that Node cannot load by `import` and by `require`, or with less than is there, or not in silence. */
export async function loadProblems(
  consumer: Consumer,
  node: string,
  entries: readonly Entry[],
): Promise<readonly string[]> {
  const specifiers = entries.map(({ specifier }) => specifier)
  const answers: string[] = []
  for (const [loader, code] of Object.entries(loaders)) {
    await consumer.write(loader, code)
    const { status, stdout, stderr } = await consumer.run(node, [loader, ...specifiers])
    if (status !== 0 || stderr !== '') return [`${loader}: exit code ${status}\n${stderr}`]
    answers.push(stdout)
  }
  const [imported = '', required = ''] = answers
  if (imported !== required) return [`import and require give different names:\n${imported}${required}`]
  return Object.entries(JSON.parse(imported) as Record<string, readonly string[]>)
    .filter(([, names]) => names.length === 0 || names.includes('default'))
    .map(([entry, names]) => `${entry} exports ${names.length === 0 ? 'nothing' : 'a default'}`)
}
