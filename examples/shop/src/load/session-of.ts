import type { Answer, LoadClient, Question } from './load-client.ts'

/** What `/state` says. */
export interface SessionFacts {
  readonly isStored: boolean
  readonly hits: number
  readonly own: Readonly<Record<string, number>>
}

/** Begins a session. @returns its cookie */
export async function newSession(client: LoadClient): Promise<string> {
  const { cookies } = await askWell(client, { path: '/login', form: { name: 'Load' } })
  const id = cookies.get('session')
  if (!id) throw new Error('The shop began no session.')
  return `session=${id}`
}

/** What the process of this client's connection finds in the store. */
export async function factsOf(client: LoadClient, cookie: string): Promise<SessionFacts> {
  const { body } = await askWell(client, { method: 'GET', path: '/state', cookie })
  return JSON.parse(body) as SessionFacts
}

/** The answer. Rejects when it is an error: what is not acknowledged cannot be lost, and is not what was to be tried. */
export async function askWell(client: LoadClient, question: Question): Promise<Answer> {
  const answer = await client.ask(question)
  if (answer.status < 400) return answer
  throw new Error(`${question.path} was answered by ${answer.status}: ${answer.body}`)
}
