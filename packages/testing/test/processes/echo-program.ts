import { hearStarter, programInput, tellStarter } from '../../src/processes/this-program.ts'

// Says what it was given, then each thing that it is told, and ends when it is told to.
void tellStarter({ type: 'begun', input: programInput() })
hearStarter(message => {
  const { type } = message as { readonly type: string }
  void tellStarter({ ...(message as object) })
  // Not while a message is being handed over: Node 20 fails then.
  if (type === 'told') void tellStarter({ type: 'last' }).then(() => process.kill(process.pid, 'SIGKILL'))
  if (type === 'end') setImmediate(() => process.disconnect())
})
