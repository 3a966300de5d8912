import type { CommandRun } from '../terminal/command.ts'
import { openStore, type OpenedStore, type OpenStoreOptions } from '../store/open-store.ts'

/** What `work` makes of the store at the first operand; it is closed afterwards. */
export async function withStore<T>(
  { operands, streams }: Pick<CommandRun, 'operands' | 'streams'>,
  work: (opened: OpenedStore) => Promise<T>,
  options: Pick<OpenStoreOptions, 'creates'> = {},
): Promise<T> {
  const opened = await openStore(operands[0] ?? '', { ...options, environment: streams.environment })
  try {
    return await work(opened)
  } finally {
    await opened.store.close()
  }
}
