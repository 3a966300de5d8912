import { isAnswerHeader } from './answer-header.ts'
import { dropBody } from './drop-body.ts'
import { makePrivate } from './private-answer.ts'

/** The answer in a context of Hono, by structure. */
export interface HonoAnswer {
  get res(): Response
  set res(response: Response | undefined)
  status(code: never): void
  /** Without a value: takes the header off. */
  header(name: string): void
}

/** Afterwards nothing of the answer can get into the error page that takes its place, and its source is closed. */
export function dropAnswer(context: HonoAnswer, status: number): void {
  const names = answerHeadersOf(context.res)
  dropBody(context.res.body)
  // Not by assigning another one: Hono would copy the headers.
  context.res = undefined
  // Also those that Hono keeps for the next answer: its older versions do not show them in the fresh one.
  for (const name of [...names, ...answerHeadersOf(context.res)]) context.header(name)
  // An error page that says no status of its own must not say that of the answer which failed.
  context.status(status as never)
}

function answerHeadersOf({ headers }: Response): readonly string[] {
  return [...headers.keys()].filter(isAnswerHeader)
}

/** Afterwards the answer carries these Set-Cookie lines beside its own, and no shared cache may keep it if there are any. */
export function addCookies(context: HonoAnswer, lines: readonly string[]): void {
  if (lines.length === 0) return
  try {
    append(context.res.headers, lines)
  } catch {
    // The head of what `fetch` has answered is immutable.
    const { res } = context
    context.res = undefined
    context.res = new Response(res.body, res)
    append(context.res.headers, lines)
  }
}

function append(headers: Headers, lines: readonly string[]): void {
  for (const line of lines) headers.append('set-cookie', line)
  makePrivate({
    names: () => [...headers.keys()],
    get: name => headers.get(name) ?? undefined,
    set: (name, value) => headers.set(name, value),
    remove: name => headers.delete(name),
  })
}
