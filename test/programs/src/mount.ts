import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { onTestFinished } from 'vitest'

/** Why no file system can be mounted here, or undefined when it can: it takes Linux and root. */
export const reasonNotToMount: string | undefined = findReason()

/** A file system of its own in memory, of so many megabytes; gone at the end of the test. */
export function mountMemory(megabytes: number): string {
  const directory = mkdtempSync(join(tmpdir(), 'scopes-mount-'))
  mount('-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', directory)
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', directory])
    rmSync(directory, { recursive: true })
  })
  return directory
}

/** The same files at another place, at which nobody can write; gone at the end of the test. */
export function mountReadOnly(directory: string): string {
  const place = mkdtempSync(join(tmpdir(), 'scopes-mount-'))
  mount('--bind', directory, place)
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', place])
    rmSync(place, { recursive: true })
  })
  mount('-o', 'remount,bind,ro', place)
  return place
}

function mount(...args: readonly string[]): void {
  execFileSync('mount', args, { stdio: 'pipe' })
}

function findReason(): string | undefined {
  if (process.platform !== 'linux') return 'mounting needs Linux'
  const directory = mkdtempSync(join(tmpdir(), 'scopes-mount-'))
  try {
    mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory)
    execFileSync('umount', [directory])
    return undefined
  } catch (error) {
    return `mounting failed: ${error instanceof Error ? error.message.trim() : String(error)}`
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
