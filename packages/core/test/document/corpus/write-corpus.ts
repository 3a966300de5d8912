import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeDocument } from '../../../src/document/decode.ts'
import { describeDocument } from './described.ts'
import { documents } from './documents.ts'

const folder = join(import.meta.dirname, 'format-1')

await mkdir(folder, { recursive: true })
for (const [name, write] of Object.entries(documents)) {
  const { bytes, document } = write()
  const described = `${JSON.stringify(describeDocument(document))}\n`
  const decoded = `${JSON.stringify(describeDocument(decodeDocument(bytes)))}\n`
  if (decoded !== described) throw new Error(`${name} does not decode to what was written.`)
  await writeNew(`${name}.bin`, bytes)
  await writeNew(`${name}.json`, described)
}

/** What is there stays as it is: the corpus is for ever. */
async function writeNew(file: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeFile(join(folder, file), content, { flag: 'wx' })
    process.stdout.write(`${file}\n`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
