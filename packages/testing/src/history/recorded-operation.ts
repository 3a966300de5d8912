import { ScopesError } from '@scopes/core'
import type { Began, Succeeded } from './history.ts'
import type { RecordedProcess } from './recorded-process.ts'

/** What a history says of an operation that succeeded. */
type Result = Omit<Succeeded, 'type' | 'operation' | 'recorder' | 'order' | 'phase' | 'process'>

/** What `run` gives, or undefined when it failed; both is written down. Rejects with what is no `ScopesError`. */
export async function operation<T>(
  { recorder, process }: RecordedProcess,
  began: Pick<Began, 'handle' | 'scope' | 'life' | 'action'>,
  run: () => Promise<{ readonly value: T; readonly told: Result }>,
): Promise<T | undefined> {
  const name = recorder.name('operation')
  recorder.write(process, { type: 'began', operation: name, ...began })
  try {
    const { value, told } = await run()
    recorder.write(process, { type: 'succeeded', operation: name, ...told })
    return value
  } catch (error) {
    if (!(error instanceof ScopesError)) throw error
    const { code, outcome = 'none' } = error
    recorder.write(process, { type: 'failed', operation: name, code, outcome })
    return undefined
  }
}
