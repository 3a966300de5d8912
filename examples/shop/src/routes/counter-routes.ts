import { setTimeout as pause } from 'node:timers/promises'
import { Router } from 'express'
import type { Shop } from '../shop.ts'
import { HttpError } from './http-error.ts'

/** How long a handler that asks somebody else for something takes. In milliseconds. */
const handlerMs = 5

/** What `load` calls. Each is written as a handler that cannot lose what others do meanwhile. */
export function counterRoutes({ web, process }: Shop): Router {
  const router = Router()

  router.post('/increment', async (request, response) => {
    const session = await web.session(request)
    await session.update(draft => {
      draft.hits++
    })
    response.json({ hits: session.value.hits })
  })

  router.post('/increment-slow', async (request, response) => {
    const session = await web.session(request)
    await pause(handlerMs)
    // Not `session.draft.hits++`: a draft says "hits is 6 now", and of two that say so the last writer wins. A recipe says
    // "one more", and runs again on the newest value after a conflict.
    await session.update(draft => {
      draft.hits++
    })
    response.json({ hits: session.value.hits })
  })

  router.post('/own-key', async (request, response) => {
    const client = clientIn(request.body)
    const session = await web.session(request)
    // A draft will do: nobody else writes to this place, and drafts that change different places are merged.
    session.draft.own[client] = (session.value.own[client] ?? 0) + 1
    await pause(handlerMs)
    response.json({ own: session.value.own[client] })
  })

  router.get('/state', async (request, response) => {
    const session = await web.session(request)
    const { hits, own, user, note } = session.value
    response.set('cache-control', 'no-store')
    response.json({ isStored: session.scope.isStored, hits, own, user, note, process })
  })

  return router
}

function clientIn(form: unknown): string {
  const client = typeof form === 'object' && form !== null && 'client' in form ? form.client : undefined
  if (typeof client === 'string' && /^client-\d{1,3}$/.test(client)) return client
  throw new HttpError(400, 'client is client-0 to client-999.')
}
