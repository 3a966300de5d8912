import { behaviours } from '../behaviours/behaviours.ts'
import type { BehaviourText } from '../behaviours/behaviour-text.ts'
import { type StoreName, storeNames } from '../stores.ts'
import type { Shown } from './shown.ts'
import { aligned } from '../../markdown-table.ts'

const head = `# What the scopes of CFML do

Each row is a behaviour and the tests in \`test/cfml\` that are called by its number. \`=\`: as it is known. \`C\`: only under \`compat\`. \`>\`: more than
the systems that are re-created. Ours: the stores on which its tests passed in the run that wrote this table (\`npx pnpm@12.21.0 run behaviours\`);
what is said of Lucee and ColdFusion is by their source and documentation.

`

const labels: Readonly<Record<StoreName, string>> = { memory: 'memory', sqlite: 'SQLite', couchbase: 'Couchbase' }

/** The page with the table of all behaviours, as a run of their tests showed them. */
export function behaviourTable(shown: readonly Shown[]): string {
  const rows = behaviours.map(behaviour => [
    String(behaviour.number),
    behaviour.tags.join(' '),
    behaviour.text,
    behaviour.lucee,
    behaviour.coldfusion,
    oursOf(behaviour, shown),
  ])
  return head + aligned([['', '', 'behaviour', 'Lucee', 'ColdFusion', 'ours'], ...rows])
}

function oursOf({ number }: BehaviourText, shown: readonly Shown[]): string {
  const own = shown.filter(each => each.number === number)
  if (own.length === 0) return 'not shown'
  const stores = storeNames.filter(store => own.some(each => each.store === store))
  const failed = stores.filter(store => own.some(each => each.store === store && !each.hasPassed))
  const passed = stores.filter(store => !failed.includes(store)).map(store => labels[store])
  return failed.length === 0 ? passed.join(', ') : `FAILS: ${failed.map(store => labels[store]).join(', ')}`
}
