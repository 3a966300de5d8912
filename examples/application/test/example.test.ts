import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const directory = join(import.meta.dirname, '..')

test('the example prints what its README says', async () => {
  const options = ['--conditions=@scopes/source', '--import', 'tsx', 'src/main.ts']
  const { stdout } = await promisify(execFile)(process.execPath, options, { cwd: directory })
  const readme = await readFile(join(directory, 'README.md'), 'utf8')
  const [, printed] = /^```\n(.*?)^```$/ms.exec(readme) ?? []
  expect(stdout).toBe(printed)
}, 60_000)
