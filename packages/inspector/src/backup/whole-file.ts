import { open, realpath, rename, rm, stat } from 'node:fs/promises'
import { FailedError } from '../terminal/usage-error.ts'

/** For nobody but who writes it: whoever has the id of a session has the session. */
const ownersOnly = 0o600

/**
 * Afterwards the file at `path` is what `work` has written, flushed; when that fails it is what it was before. Until then it is
 * written beside its place. A new one is for its owner's eyes, one that takes the place of another for those of that. Rejects with
 * FailedError when it cannot be written, or is no file, as a device, and with what `work` rejects with.
 */
export async function writeWholeFile(
  path: string,
  work: (write: (bytes: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<void> {
  const before = await stat(path).catch(() => undefined)
  // What is renamed takes the place of a device as well, for the whole machine.
  if (before?.isFile() === false) throw new FailedError(`${path} is no file; standard output goes anywhere.`)
  const target = before === undefined ? path : await realpath(path)
  const unfinished = `${target}.unfinished-${process.pid}`
  const mode = before === undefined ? ownersOnly : before.mode & 0o777
  const file = await open(unfinished, 'wx', mode).catch((error: unknown) => refuse(path, error))
  try {
    try {
      await work(async bytes => {
        await file.writeFile(bytes).catch((error: unknown) => refuse(path, error))
      })
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(unfinished, target).catch((error: unknown) => refuse(path, error))
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}

function refuse(path: string, cause: unknown): never {
  throw new FailedError(`${path} cannot be written: ${(cause as Error).message}.`, { cause })
}
