import { hearStarter, programInput, tellStarter } from '../../src/processes/this-program.ts'

// Says what it was given, then each thing that it is told, and ends when it is told to.
tellStarter({ type: 'begun', input: programInput() })
hearStarter(message => {
  const { type } = message as { readonly type: string }
  tellStarter({ ...(message as object) })
  // Not while a message is being handed over: Node 20 fails then.
  if (type === 'end') setImmediate(() => process.disconnect())
})
