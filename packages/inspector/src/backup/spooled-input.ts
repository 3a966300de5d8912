import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** What `work` makes of a file with all that comes from the stream: it is read twice, and a pipe can be read once. */
export async function withSpooled<T>(
  input: Readable,
  signal: AbortSignal,
  work: (path: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'scopes-import-'))
  try {
    const path = join(directory, 'standard-input')
    await pipeline(input, createWriteStream(path, { mode: 0o600 }), { signal })
    return await work(path)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
