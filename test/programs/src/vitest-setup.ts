import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

/** Gives the run an empty directory for its bundled programs; afterwards it is gone. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'scopes-programs-'))
  project.provide('bundledPrograms', directory)
  return () => rm(directory, { recursive: true, force: true })
}
