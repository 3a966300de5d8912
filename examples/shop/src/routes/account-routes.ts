import { Router } from 'express'
import { Session } from '../scopes.ts'
import type { Shop } from '../shop.ts'
import { signedOutEverywhere } from '../signed-out.ts'
import { HttpError } from './http-error.ts'

/** Logging in and out. There is no password: it is an example of sessions, not of identity. */
export function accountRoutes({ scopes, web, online }: Shop): Router {
  const router = Router()

  router.post('/login', async (request, response) => {
    const user = nameIn(request.body)
    const session = await web.session(request)
    const idBefore = session.id
    // Whoever was given this id before the login must not be logged in by it.
    await session.rotate()
    session.draft.user = user
    if (session.id !== idBefore) await online.forget(idBefore)
    response.redirect(303, '/')
  })

  router.post('/logout', async (request, response) => {
    const session = await web.session(request)
    const { id } = session
    await session.end('logout')
    await online.forget(id)
    response.redirect(303, '/')
  })

  // Every browser in which this name is logged in is shown it, whichever worker has its stream.
  router.post('/logout-everywhere', async (request, response) => {
    const session = await web.session(request)
    const { user } = session.value
    if (user !== undefined) await scopes.endAll(Session, { index: 'user', value: user, detail: signedOutEverywhere })
    // It is one of them: this clears the cookie.
    await session.end(signedOutEverywhere)
    await online.forget(session.id)
    response.redirect(303, '/?signed-out=everywhere')
  })

  return router
}

function nameIn(form: unknown): string {
  const name = typeof form === 'object' && form !== null && 'name' in form ? form.name : undefined
  const trimmed = typeof name === 'string' ? name.trim() : ''
  if (trimmed.length >= 1 && trimmed.length <= 40) return trimmed
  throw new HttpError(400, 'A name has 1 to 40 characters.')
}
