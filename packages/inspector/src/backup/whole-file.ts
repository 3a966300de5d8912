import { open, rename, rm } from 'node:fs/promises'
import { FailedError } from '../terminal/usage-error.ts'

/**
 * Afterwards the file at `path` is what `work` has written, flushed; when that fails it is what it was before. Until then it is
 * written beside its place. Rejects with FailedError when it cannot be written, and with what `work` rejects with.
 */
export async function writeWholeFile(
  path: string,
  work: (write: (bytes: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<void> {
  const unfinished = `${path}.unfinished-${process.pid}`
  const file = await open(unfinished, 'wx').catch((error: unknown) => refuse(path, error))
  try {
    try {
      await work(async bytes => {
        await file.writeFile(bytes).catch((error: unknown) => refuse(path, error))
      })
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(unfinished, path).catch((error: unknown) => refuse(path, error))
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}

function refuse(path: string, cause: unknown): never {
  throw new FailedError(`${path} cannot be written: ${(cause as Error).message}.`, { cause })
}
