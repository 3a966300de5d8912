import { childInput } from '../child.ts'
import { reportOn } from '../http/report-on.ts'
import type { FrameworkName, Kind } from './applications.ts'
import { startExpress } from './express-app.ts'
import { startFastify } from './fastify-app.ts'
import { startHono } from './hono-app.ts'
import { startKoa } from './koa-app.ts'

/** Which application a process serves. */
export interface ServedApplication {
  readonly framework: FrameworkName
  readonly kind: Kind
}

// The program of a server under test: one application in a process of its own.
const { framework, kind } = childInput() as ServedApplication
const start = { express: startExpress, fastify: startFastify, koa: startKoa, hono: startHono }[framework]
reportOn(await start(kind))
