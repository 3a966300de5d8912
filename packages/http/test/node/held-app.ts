import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import { holdAnswer } from '../../src/node/hold-answer.ts'
import { Barrier } from '../behaviour/barrier.ts'
import { type Reply, send } from '../behaviour/http-client.ts'
import { listen } from '../listen.ts'

/** An express application whose answers are held, without any scope behind it. */
export interface HeldApp {
  readonly port: number
  /** The statuses with which heads were about to leave. */
  readonly statuses: readonly number[]
  /** What reached the error handler. */
  readonly errors: readonly unknown[]
  /** At which held answers wait. */
  readonly commit: Barrier
}

/** What an application does. */
export interface HeldAppParts {
  /** Nothing to commit: heads leave at once. */
  readonly isClean?: boolean
  /** Whether the commit fails, with an error of status 503. */
  readonly fails?: boolean
  /** Middleware outside of the held answer. */
  readonly before?: (app: Express) => void
  readonly routes: (app: Express) => void
  /** How the error page is sent; default: its status and `{ message }`. */
  readonly errorPage?: (response: Response, error: Error & { status?: number }) => unknown
}

/** The error of a commit that fails. */
class CommitError extends Error {
  readonly status: number = 503
}

/** Builds the application and listens, until the test has finished. */
export async function startHeldApp(parts: HeldAppParts): Promise<HeldApp> {
  const { isClean = false, fails = false, before, routes, errorPage = sendMessage } = parts
  const app = express()
  const commit = new Barrier()
  const statuses: number[] = []
  const errors: unknown[] = []
  before?.(app)
  app.use((_request, response, next) => {
    holdAnswer(response, {
      beforeHeaders: status => {
        statuses.push(status)
        if (isClean) return undefined
        return commit.pass().then(() => {
          if (fails) throw new CommitError('the commit failed')
        })
      },
      fail: next,
    })
    next()
  })
  routes(app)
  app.use(async (error: Error, request: Request, response: Response, next: NextFunction) => {
    errors.push(error)
    if (response.headersSent) next(error)
    else await errorPage(response.set('X-Url', request.url), error)
  })
  return { port: await listen(app), statuses, errors, commit }
}

/** Sends, lets the commit go on once the answer is held, and gives the reply. */
export async function sendThrough({ port, commit }: HeldApp, path = '/'): Promise<Reply> {
  const reply = send(port, path)
  await commit.reached()
  commit.open()
  return reply
}

/** The routes of an application that answers one way. */
export function route(handle: (response: Response) => unknown): (app: Express) => void {
  return app => {
    app.get('/', async (_request, response) => {
      await handle(response)
    })
  }
}

function sendMessage(response: Response, error: Error & { status?: number }): void {
  response.status(error.status ?? 500).json({ message: error.message })
}
