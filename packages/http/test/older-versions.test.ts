import { Hono as Hono40 } from 'hono-4.0'
import express4 from 'express-4'
import { fastify as fastify4 } from 'fastify-4'
import Koa2 from 'koa-2'
import type { fastify } from 'fastify'
import type { Hono } from 'hono'
import { runBehaviourTable } from './behaviour/run-behaviour-table.ts'
import { alone } from './behaviour/settings.ts'
import { express4Driver } from './drivers/express-driver.ts'
import { fastifyDriverOf } from './drivers/fastify-driver.ts'
import { honoDriverOf } from './drivers/hono-driver.ts'
import { koaDriverOf } from './drivers/koa-driver.ts'

// The versions before today's that are supported. In one setting: what stands around the scopes is the same.
for (const driver of [
  express4Driver(express4),
  fastifyDriverOf('fastify 4', fastify4 as unknown as typeof fastify),
  koaDriverOf('koa 2', Koa2),
  honoDriverOf('hono 4.0', Hono40 as unknown as typeof Hono),
]) {
  runBehaviourTable(driver, [alone])
}
