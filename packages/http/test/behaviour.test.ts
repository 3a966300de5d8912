import { runBehaviourTable } from './behaviour/run-behaviour-table.ts'
import { expressDriver } from './drivers/express-driver.ts'
import { fastifyDriver } from './drivers/fastify-driver.ts'
import { honoDriver } from './drivers/hono-driver.ts'
import { koaDriver } from './drivers/koa-driver.ts'

// One file: each file of tests loads everything anew, which costs more than its clauses.
for (const driver of [expressDriver, fastifyDriver, koaDriver, honoDriver]) runBehaviourTable(driver)
