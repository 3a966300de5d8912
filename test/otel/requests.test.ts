import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Span, context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { defineScope, memoryStore, openScopes } from '@scopes/core'
import { expressScopes } from '@scopes/http/express'
import { scopesTelemetry } from '@scopes/otel'
import express from 'express'
import { expect, onTestFinished, test } from 'vitest'

const Session = defineScope({ kind: 'session', initial: () => ({ hits: 0 }), idle: '30m' })
const application = 'otel-requests'

async function listen(app: express.Express): Promise<string> {
  const server = await new Promise<Server>(resolve => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening))
  })
  onTestFinished(() => new Promise<void>(resolve => void server.close(() => resolve())))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

test('what a request opens and what is committed before its head are spans under that of the request, also when requests overlap', async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const exporter = new InMemorySpanExporter()
  const tracers = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  const telemetry = scopesTelemetry({ tracer: tracers.getTracer('test'), meter: false })
  const scopes = await openScopes({ application, store: memoryStore(), reaper: false })
  onTestFinished(async () => {
    telemetry.stop()
    context.disable()
    await scopes.close()
  })
  const web = expressScopes(scopes, { session: Session })
  const requests = new Map<string, Span>()
  const app = express()
  // As an instrumentation of HTTP does it.
  app.use((req, res, next) => {
    const span = tracers.getTracer('http').startSpan('GET /')
    requests.set(req.url, span)
    res.on('finish', () => span.end())
    context.with(trace.setSpan(context.active(), span), next)
  })
  app.use(web)
  app.get('/', async (req, res) => {
    const session = await web.session(req)
    session.draft.hits++
    res.json({ hits: session.value.hits })
  })
  const url = await listen(app)
  const first = await fetch(`${url}?n=0`)
  const cookie = first.headers
    .getSetCookie()
    .map(line => line.split(';')[0] ?? '')
    .join('; ')
  await first.json()
  await Promise.all([1, 2, 3, 4].map(async n => (await fetch(`${url}?n=${n}`, { headers: { cookie } })).json()))
  // Others of this process are heard, too.
  const spans = exporter.getFinishedSpans().filter(span => span.attributes['scopes.application'] === application)
  const ids = [...requests.values()].map(span => span.spanContext().spanId)
  const parentsOf = (name: string): readonly (string | undefined)[] =>
    spans.filter(span => span.name === name).map(span => span.parentSpanContext?.spanId)
  expect(new Set(parentsOf('scopes.commit session'))).toEqual(new Set(ids))
  expect(parentsOf('scopes.commit session')).toHaveLength(5)
  // A new visitor has nothing to load.
  expect(new Set(parentsOf('scopes.open session'))).toEqual(new Set(ids.slice(1)))
  const mine = new Set([...ids, ...spans.map(span => span.spanContext().spanId)])
  const calls = spans.filter(span => 'db.operation.name' in span.attributes)
  expect(calls.length).toBeGreaterThan(0)
  expect(calls.every(span => mine.has(span.parentSpanContext?.spanId ?? ''))).toBe(true)
})
