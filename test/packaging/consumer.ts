import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type PackedPackage, readPacked } from './packed-package.ts'

/** What a program said, and how it ended. */
export interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A folder outside the repository with a project of a user in it: nothing is there but what npm installed. */
export class Consumer {
  readonly directory: string

  private constructor(directory: string) {
    this.directory = directory
  }

  static async make(): Promise<Consumer> {
    const consumer = new Consumer(await mkdtemp(join(tmpdir(), 'scopes-consumer-')))
    await consumer.write('package.json', JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
    return consumer
  }

  /** Rejects when npm does: then what it said is the message. */
  async install(specs: readonly string[]): Promise<void> {
    const { status, stdout, stderr } = await this.run('npm', ['install', '--no-audit', '--no-fund', ...specs])
    if (status !== 0) throw new Error(`npm install failed:\n${stdout}${stderr}`)
  }

  async write(file: string, content: string): Promise<void> {
    const path = join(this.directory, file)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
  }

  async run(command: string, args: readonly string[]): Promise<Ran> {
    // Nothing of the repository's own settings, such as its conditions, reaches the project.
    const { NODE_OPTIONS: _dropped, ...env } = process.env
    const child = spawn(command, args, { cwd: this.directory, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    const [status, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
    return { status, stdout, stderr }
  }

  /** Our packages, as they lie there. */
  async packages(): Promise<readonly PackedPackage[]> {
    const directory = join(this.directory, 'node_modules', '@scopes')
    const names = await readdir(directory)
    return Promise.all(names.map(name => readPacked(join(directory, name))))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true })
  }
}
