import type { CheckedSettings } from '../settings/checked-settings.ts'
import { serverBuiltIns } from './server-built-ins.ts'
import { type StructSource, scopeStruct } from './scope-struct.ts'

/** The application scope as handlers see it: its variables and its name. */
export function applicationStruct({ name, compat }: CheckedSettings, source: StructSource): object {
  return scopeStruct({
    source,
    builtIns: new Map([['applicationname', name]]),
    hasFixedBuiltIns: false,
    isCaseless: compat !== undefined,
    throwsOnMissing: compat !== undefined,
    name: 'application',
  })
}

/** The server scope as handlers see it: its variables, and what this process says of itself, which nobody can change. */
export function serverStruct({ compat }: CheckedSettings, source: StructSource): object {
  return scopeStruct({
    source,
    builtIns: serverBuiltIns(compat),
    hasFixedBuiltIns: true,
    isCaseless: compat !== undefined,
    throwsOnMissing: compat !== undefined,
    name: 'server',
  })
}
