import { ScopesError } from '@scopes/core'
import type { ErrorRequestHandler, RequestHandler } from 'express'
import { errorPage } from '../pages/error-page.ts'
import type { Shop } from '../shop.ts'
import { HttpError } from './http-error.ts'

/** The answer to requests that no route took. */
export const notFound: RequestHandler = (_request, _response, next) => {
  next(new HttpError(404, 'There is no such page.'))
}

/** The page for whatever went wrong. It reads no scope, for the store may be what is wrong. */
export function showError({ process }: Shop): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error)
      return
    }
    const status = statusOf(error)
    if (status >= 500) console.error(`${process}: ${request.method} ${request.path}:`, error)
    if (status === 503) response.set('retry-after', '5')
    response.status(status).set('cache-control', 'no-store')
    if (request.accepts(['html', 'json']) === 'json') {
      response.json({ status, code: error instanceof ScopesError ? error.code : undefined })
      return
    }
    response.type('html').send(errorPage({ status, text: textFor(status, error), process }).text)
  }
}

function statusOf(error: unknown): number {
  const status = error instanceof Error && 'status' in error ? error.status : undefined
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500
}

/** Messages of the library are for developers; those of the shop are for visitors. */
function textFor(status: number, error: unknown): string {
  if (error instanceof HttpError) return error.message
  if (status === 503)
    return 'The shop cannot reach its store at the moment. Nothing of yours is lost; please try again soon.'
  if (status === 409) return 'You logged in or out in another window meanwhile, so this was not done.'
  if (status < 500) return 'The shop does not understand this request.'
  return 'Something went wrong here. It was written down.'
}
