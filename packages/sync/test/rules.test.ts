import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../..')

/** The rules of the replica protocol. */
const rules =
  'token-order removed-token commit-id link gap-reset end-first missing-order fence past-only re-end absent-token slot position ' +
  'ack-observes register uuid snapshot-bounds branch-change epoch re-read forget-tokens stash conflict undone asked-after ' +
  'tell-subscriber first-reset save-after token-waits lost backfill stamp-id stamp-asked stamp-again stamp-life stamp-window ' +
  'asof-sent asof-event dropped-proof asof-position'

test('each rule of the replica protocol has a row in SPEC.md, and the test that the row speaks of names the rule', async () => {
  const spec = await readFile(join(root, 'packages/sync/SPEC.md'), 'utf8')
  const rows = [...spec.matchAll(/^\| ([a-z-]+) +\| [^|]+ \| `(\S+\.test\.ts)` › (.+?) +\|$/gm)]
  expect(rows.map(([, rule = '']) => rule).toSorted()).toEqual(rules.split(' ').toSorted())
  for (const [, rule = '', file = '', title = ''] of rows) {
    const tests = await readFile(join(root, file), 'utf8')
    expect(tests, `${file} has no test ${title}`).toContain(title)
    expect(title).toContain(rule)
  }
})
