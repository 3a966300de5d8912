/** What frameworks hand to handlers and middleware, by the names of error messages. */
export type Handed =
  | 'a request of Node'
  | 'a response of Node'
  | 'a request of Fastify'
  | 'a reply of Fastify'
  | 'an instance of Fastify'
  | 'a context of Koa'
  | 'a context of Hono'
  | 'c.req of Hono'
  | 'a Request of fetch'

/** By their form: no framework is imported to know its objects. The first that fits counts. */
const forms: readonly (readonly [Handed, (value: Form) => boolean])[] = [
  ['a context of Koa', ({ app, req, res, request }) => isForm(app) && isForm(req) && isForm(res) && isForm(request)],
  ['a context of Hono', ({ req }) => isForm(req) && isHonoRequest(req)],
  ['a reply of Fastify', ({ send, hijack }) => isFunction(send) && isFunction(hijack)],
  ['c.req of Hono', isHonoRequest],
  ['an instance of Fastify', ({ addHook, register }) => isFunction(addHook) && isFunction(register)],
  ['a request of Fastify', ({ raw, server }) => isForm(raw) && isForm(raw['headers']) && isForm(server)],
  ['a request of Node', ({ headers, httpVersion }) => isForm(headers) && typeof httpVersion === 'string'],
  ['a response of Node', ({ writeHead }) => isFunction(writeHead)],
  ['a Request of fetch', ({ headers, arrayBuffer }) => isForm(headers) && isFunction(arrayBuffer)],
]

/** What this is, if a framework hands it out. */
export function handedOf(value: unknown): Handed | undefined {
  return isForm(value) ? forms.find(([, fits]) => fits(value))?.[0] : undefined
}

/** What this is, for an error message; undefined: an object of an unknown form. */
export function describeHanded(value: unknown): string | undefined {
  if (value === undefined || value === null) return String(value)
  return typeof value === 'object' ? handedOf(value) : `a ${typeof value}`
}

type Form = Readonly<Record<string, unknown>>

function isForm(value: unknown): value is Form {
  return typeof value === 'object' && value !== null
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

function isHonoRequest({ raw, header }: Form): boolean {
  return isForm(raw) && isFunction(header)
}
