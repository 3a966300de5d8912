import type { Task } from '../http/clients.ts'

/** The frameworks, and the session library that each usually has; all keep their sessions in memory here. */
export const frameworks = {
  express: { title: 'Express 5', usual: 'express-session' },
  fastify: { title: 'Fastify 5', usual: '@fastify/session' },
  koa: { title: 'Koa 3', usual: 'koa-session' },
  hono: { title: 'Hono 4', usual: 'hono-sessions' },
} as const

/** The name of a framework. */
export type FrameworkName = keyof typeof frameworks

/** Without sessions, with scopes, with the usual library. */
export type Kind = 'bare' | 'scopes' | 'usual'

/** One application. */
export type ApplicationName = `${FrameworkName}/${Kind}`

/** What the clients do; each has a session. */
export const tasks: Readonly<Record<TaskName, Task>> = {
  untouched: { title: 'a request that touches no session', method: 'GET', path: '/untouched', sessionPath: '/counter' },
  read: { title: 'a counter, read', method: 'GET', path: '/counter' },
  write: { title: 'a counter, written', method: 'POST', path: '/counter' },
}

/** The name of what the clients do. */
export type TaskName = 'untouched' | 'read' | 'write'
