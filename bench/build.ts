import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/**
 * Afterwards the packages and this bench are built. They are measured as they are published: compiled, in plain Node. Cached
 * while nothing changed.
 */
export async function buildAll(progress: (text: string) => void): Promise<void> {
  progress('building')
  const build = spawn('turbo', ['run', 'build', '--filter=@scopes/bench', '--output-logs=errors-only'], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1' },
  })
  const output = Promise.all([text(build.stdout), text(build.stderr)])
  const [code] = (await once(build, 'exit')) as [number | null]
  if (code === 0) return
  throw new Error(`The build failed:\n${(await output).join('\n')}`)
}
