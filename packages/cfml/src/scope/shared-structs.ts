import type { CheckedSettings } from '../settings/checked-settings.ts'
import { type Struct, changeableKeys } from '../struct/struct-keys.ts'
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
    clear: compat === 'coldfusion' ? emptyValues : undefined,
    hasFixedBuiltIns: true,
    isCaseless: compat !== undefined,
    throwsOnMissing: compat !== undefined,
    name: 'server',
  })
}

/** ColdFusion keeps the names. */
function emptyValues(server: object): void {
  for (const key of changeableKeys(server as Struct)) Reflect.set(server, key, '')
}
