import { setTimeout as pause } from 'node:timers/promises'
import type { ErrorRequestHandler, Express } from 'express'
import type { Visitor } from './visitor.ts'

/** What a handler does between reading and writing. */
export type Between = 'nothing' | '5-ms' | 'until-released'

/** The requests of this comparison, the same for every library. */
export function conflictRoutes(app: Express, visitor: Visitor): void {
  const gate = new Gate()
  const waits: Readonly<Record<Between, () => Promise<void>>> = {
    nothing: () => Promise.resolve(),
    '5-ms': () => pause(5),
    'until-released': () => gate.pass(),
  }
  app.post('/hits/:between', async (request, response) => {
    await visitor.hit(request, waits[request.params.between as Between])
    response.sendStatus(204)
  })
  app.post('/hits/:between/:client', async (request, response) => {
    await visitor.hitOwn(request, request.params.client, waits[request.params.between as Between])
    response.sendStatus(204)
  })
  app.post('/log-out', async (request, response) => {
    await visitor.logOut(request)
    response.sendStatus(204)
  })
  app.get('/hits', async (request, response) => {
    response.json((await visitor.read(request)) ?? null)
  })
  app.post('/gate/wait', async (_request, response) => {
    await gate.reached()
    response.sendStatus(204)
  })
  app.post('/gate/open', (_request, response) => {
    gate.open()
    response.sendStatus(204)
  })
  app.use(refused)
}

/** A write of an ended session is refused; that is no fault to print. */
const refused: ErrorRequestHandler = (error: { readonly status?: number }, _request, response, next) => {
  if (error.status === 409) response.sendStatus(409)
  else next(error)
}

/** A place where one request waits until another one lets it go on. */
class Gate {
  #waiting = new Signal()
  #opened = new Signal()

  async pass(): Promise<void> {
    this.#waiting.give()
    await this.#opened.given
  }

  /** Resolves when somebody waits. */
  reached(): Promise<void> {
    return this.#waiting.given
  }

  open(): void {
    this.#opened.give()
    this.#waiting = new Signal()
    this.#opened = new Signal()
  }
}

/** Something that happens once. */
class Signal {
  give: () => void = () => {}
  readonly given: Promise<void> = new Promise(resolve => (this.give = resolve))
}
