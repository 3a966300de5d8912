import express, { type Express } from 'express'
import { childInput } from '../child.ts'
import { cfmlApp } from './cfml-app.ts'
import type { Contestant } from './contestants.ts'
import { expressSessionApp, redisStore, scopesStore } from './express-session-app.ts'
import { reportOn } from './report-on.ts'
import { scopesApp } from './scopes-app.ts'

/** Where an application keeps its sessions. */
export interface ServerPlace {
  readonly contestant: Contestant
  /** A file that does not exist yet. */
  readonly path: string
  readonly redisPort: number | undefined
}

// The program of a server under test: one application in a process of its own.
const place = childInput() as ServerPlace
const contestantApp = await appOf(place)
const server = contestantApp.listen(0, '127.0.0.1', () => reportOn(server))

async function appOf({ contestant, path, redisPort }: ServerPlace): Promise<Express> {
  switch (contestant) {
    case 'express':
      return plainApp()
    case 'express-session-memory':
      return expressSessionApp(undefined)
    case 'express-session-scopes':
      return expressSessionApp(await scopesStore(path))
    case 'express-session-redis':
      return expressSessionApp(await redisStore(redisPort))
    case 'scopes-memory':
      return scopesApp(undefined)
    case 'scopes-cfml':
      return cfmlApp(path)
    case 'scopes-sqlite':
      return scopesApp(path)
    default:
      return contestant satisfies never
  }
}

function plainApp(): Express {
  const app = express()
  let number = 0
  app.post(['/counter', '/objects'], (_request, response) => void response.json({ number: ++number }))
  app.get(['/counter', '/objects'], (_request, response) => void response.json({ number }))
  return app
}
