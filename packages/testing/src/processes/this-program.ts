/** What `startProgram` gave this program. It ends when whoever started it is gone. */
export function programInput(): unknown {
  process.on('disconnect', () => process.exit())
  return JSON.parse(process.argv[2] ?? '')
}

/**
 * Tells whoever started this program something that can be cloned. Resolves when it has left, and all before it: from then
 * on it will be known, also when this process is killed.
 */
export function tellStarter(message: object): Promise<void> {
  return new Promise(resolve => process.send?.(message, undefined, undefined, () => resolve()))
}

/** Calls `hear` with each message of whoever started this program, in order. */
export function hearStarter(hear: (message: unknown) => void): void {
  process.on('message', message => hear(message))
}
