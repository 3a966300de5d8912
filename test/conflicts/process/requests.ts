import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type Draft, type Scopes, ScopesError } from '@scopes/core'
import { expressScopes } from '@scopes/http/express'
import express, { type ErrorRequestHandler, type Express } from 'express'
import { type Operation, type Sheet, apply, definitions } from '../sheet.ts'

/** What a request does, in this order. */
export type Step =
  | { readonly type: 'do'; readonly operation: Operation }
  | { readonly type: 'set'; readonly path: readonly string[]; readonly value: unknown }
  | { readonly type: 'delete'; readonly path: readonly string[] }
  | { readonly type: 'pause'; readonly name: string }
  | { readonly type: 'end' }

/** What the application needs. */
export interface RequestOptions {
  readonly scopes: Scopes
  readonly now: () => number
  /** Resolves when the request may go on. */
  readonly pauseAt: (name: string) => Promise<void>
}

/** The sheet that a request works on. */
interface Desk {
  readonly draft: Draft<Sheet>
  update(recipe: (draft: Draft<Sheet>) => void): Promise<unknown>
  end(): Promise<unknown>
}

/**
 * Listens on a free port of the loopback address: `POST /session`, `/client` and `/application/ID` take a form with the field
 * `steps` and answer the sheet's `values`. @returns the address
 */
export async function serveRequests(options: RequestOptions): Promise<string> {
  const server = sheetApp(options).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function sheetApp({ scopes, now, pauseAt }: RequestOptions): Express {
  const app = express()
  const { session, client, application } = definitions
  const web = expressScopes(scopes, { session, client }, { now })
  app.use(web)
  app.use(express.urlencoded({ extended: false, limit: '1mb' }))
  const carryOut = async (desk: Desk, body: unknown): Promise<void> => {
    const steps = JSON.parse((body as { readonly steps: string }).steps) as readonly Step[]
    for (const step of steps) await take(desk, step, pauseAt)
  }
  app.post('/session', async (request, response) => {
    const desk = await web.session(request)
    await carryOut(desk, request.body)
    response.json((await web.session(request)).value.values)
  })
  app.post('/client', async (request, response) => {
    const desk = await web.client(request)
    await carryOut(desk, request.body)
    response.json(desk.value.values)
  })
  app.post('/application/:id', async (request, response) => {
    const scope = await scopes.open(application, request.params.id)
    const draft = scope.draft()
    const update: Desk['update'] = recipe => scope.update(recipe)
    await carryOut({ draft: draft.value, update, end: () => scope.end() }, request.body)
    await draft.commit()
    response.json(scope.value.values)
  })
  app.use(answerError)
  return app
}

async function take(desk: Desk, step: Step, pauseAt: RequestOptions['pauseAt']): Promise<void> {
  switch (step.type) {
    case 'do': {
      const { operation } = step
      if (operation.way === 'update') await desk.update(draft => apply(draft, operation))
      else apply(desk.draft, operation)
      return
    }
    case 'set': {
      const [holder, key] = placeIn(desk.draft, step.path)
      holder[key] = step.value
      return
    }
    case 'delete': {
      const [holder, key] = placeIn(desk.draft, step.path)
      delete holder[key]
      return
    }
    case 'pause':
      return pauseAt(step.name)
    case 'end':
      await desk.end()
      return
    default:
      step satisfies never
  }
}

/** The container of the path's last segment, and that segment. Indexes of arrays are written as text. */
function placeIn(draft: Draft<Sheet>, path: readonly string[]): [holder: Record<string, unknown>, key: string] {
  let holder = draft as unknown as Record<string, unknown>
  for (const segment of path.slice(0, -1)) holder = holder[segment] as Record<string, unknown>
  return [holder, path.at(-1) ?? '']
}

const answerError: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (!(error instanceof ScopesError)) return next(error)
  response.status(error.status).json({ code: error.code, outcome: error.outcome })
}
