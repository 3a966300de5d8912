import { arch, EOL, release, type } from 'node:os'
import { delimiter, sep } from 'node:path'
import { version } from 'node:process'
import type { Compat } from '../settings/settings.ts'
import type { ServerBuiltIns } from './built-ins.ts'

/** The version of this package, as `package.json` has it. */
const packageVersion = '0.1.0'

/** The built-ins of the server scope by name: those of this process. */
export function serverBuiltIns(compat: Compat | undefined): Map<keyof ServerBuiltIns, object> {
  const scopes = product('@scopes/cfml', packageVersion)
  return new Map<keyof ServerBuiltIns, object>([
    ['os', Object.freeze({ name: type(), version: release(), arch: arch() })],
    ['node', product('node', version.slice(1))],
    ['scopes', scopes],
    ['separator', Object.freeze({ file: sep, path: delimiter, line: EOL })],
    // Code asks for the one or the other to tell the systems apart.
    ...(compat === undefined ? [] : [[compat, scopes] as const]),
  ])
}

function product(productname: string, productversion: string): object {
  return Object.freeze({ productname, productversion })
}
