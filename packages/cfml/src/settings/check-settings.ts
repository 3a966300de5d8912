import { InvalidArgumentError } from '@scopes/core'
import { checkName } from './check-name.ts'
import { nearest } from './nearest.ts'
import type { ApplicationSettings, Compat } from './settings.ts'
import { timeSpanMs } from './time-span.ts'

type Setting = keyof ApplicationSettings

/** How a setting is checked. */
type Check = 'boolean' | 'text' | 'span' | 'function' | 'shape' | 'cookie' | 'elsewhere'

const checks: Readonly<Record<Setting, Check>> = {
  name: 'elsewhere',
  store: 'elsewhere',
  caches: 'elsewhere',
  compat: 'elsewhere',
  sessionManagement: 'boolean',
  sessionStorage: 'text',
  sessionCluster: 'boolean',
  sessionTimeout: 'span',
  session: 'shape',
  sessionCookie: 'cookie',
  disableSessionVisits: 'boolean',
  clientManagement: 'boolean',
  clientStorage: 'text',
  clientCluster: 'boolean',
  clientTimeout: 'span',
  client: 'shape',
  clientCookie: 'cookie',
  disableGlobalClientUpdates: 'boolean',
  applicationTimeout: 'span',
  applicationStorage: 'text',
  application: 'shape',
  serverStorage: 'text',
  server: 'shape',
  setClientCookies: 'boolean',
  setDomainCookies: 'boolean',
  allowUrlIds: 'boolean',
  rotateUnknownIds: 'boolean',
  requestTimeout: 'span',
  keepEnds: 'span',
  startTimeoutMs: 'span',
  commitTimeoutMs: 'span',
  onApplicationStart: 'function',
  onApplicationEnd: 'function',
  onSessionStart: 'function',
  onSessionEnd: 'function',
  // Core says what it thinks of these.
  reaper: 'elsewhere',
  process: 'elsewhere',
  clock: 'elsewhere',
}

const shapeOptions: ReadonlySet<string> = new Set([
  'initial',
  'merge',
  'schema',
  'indexes',
  'limits',
  'version',
  'upcast',
  'downcast',
])
const cookieOptions: ReadonlySet<string> = new Set([
  'name',
  'httpOnly',
  'secure',
  'domain',
  'path',
  'timeout',
  'sameSite',
  'partitioned',
  'keys',
])

/**
 * What is misspelt would be ignored in silence.
 * @throws InvalidArgumentError that names the setting, and the one that may be meant.
 */
export function checkSettings(settings: unknown): void {
  if (typeof settings !== 'object' || settings === null) {
    throw new InvalidArgumentError('openApplication takes an object with the settings of the application.')
  }
  const given = settings as Readonly<Record<string, unknown>>
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(checks, name)) throw unknown('There is no setting', name, Object.keys(checks))
    if (value !== undefined) check(name, checks[name as Setting], value)
  }
  checkName(given['name'])
  checkCompat(given['compat'])
}

function check(name: string, how: Check, value: unknown): void {
  switch (how) {
    case 'boolean':
      return must(typeof value === 'boolean', name, 'true or false')
    case 'text':
      return must(typeof value === 'string' && value !== '', name, 'a text that is not empty')
    case 'function':
      return must(typeof value === 'function', name, 'a function')
    case 'span':
      return void timeSpanMs(name, value)
    case 'shape':
      return checkParts(name, value, shapeOptions)
    case 'cookie':
      return checkParts(name, value, cookieOptions)
    case 'elsewhere':
      return undefined
    default:
      return how satisfies never
  }
}

function checkParts(name: string, value: unknown, known: ReadonlySet<string>): void {
  must(typeof value === 'object' && value !== null, name, 'an object')
  const stranger = Object.keys(value as object).find(key => !known.has(key))
  if (stranger !== undefined) throw unknown(`${name} has no setting`, stranger, known)
}

function checkCompat(compat: unknown): asserts compat is Compat | undefined {
  must(compat === undefined || compat === 'lucee' || compat === 'coldfusion', 'compat', "'lucee' or 'coldfusion'")
}

function must(isSo: boolean, name: string, what: string): void {
  if (!isSo) throw new InvalidArgumentError(`${name} must be ${what}.`)
}

function unknown(what: string, name: string, known: Iterable<string>): InvalidArgumentError {
  const like = nearest(name, known)
  return new InvalidArgumentError(`${what} "${name}".${like === undefined ? '' : ` Is "${like}" meant?`}`)
}
