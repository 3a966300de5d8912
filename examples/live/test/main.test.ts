import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { bundleProgram } from '@scopes/test-programs'
import { expect, test } from 'vitest'

const directory = join(import.meta.dirname, '..')

test('what is told while the feed is cut and restored is what its README says', async () => {
  const program = await bundleProgram(new URL('../src/main.ts', import.meta.url), [
    new URL('../src/writer.ts', import.meta.url),
  ])
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(program)])
  const readme = await readFile(join(directory, 'README.md'), 'utf8')
  const [, printed] = /^```\n(.*?)^```$/ms.exec(readme) ?? []
  expect(stdout).toBe(printed)
}, 60_000)
