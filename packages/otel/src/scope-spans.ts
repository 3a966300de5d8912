import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Attributes,
  type Context,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  context,
  diag,
  trace,
} from '@opentelemetry/api'
import { type LockMessage, type StoreCall, type TracedOperation, diagnostics, parseDocumentKey } from '@scopes/core'
import { type Ended, errorType, outcomeOf } from './failure.ts'
import { type Listening, tracingNames } from './listening.ts'
import { operationFacts, scopeAttributes } from './operation-facts.ts'
import { resultAttributes } from './result-attributes.ts'
import type { TelemetryOptions } from './telemetry-options.ts'

/** A span that has begun, and what it began in. */
interface Begun {
  readonly span: Span
  readonly operation: TracedOperation | StoreCall
  /** The span that the application was in. */
  readonly around: Span | undefined
  hasEnded: boolean
}

/** What spans are made with, besides the tracer. */
type SpanOptions = Required<Pick<TelemetryOptions, 'system'>> & Pick<TelemetryOptions, 'attributesOf'>

/** A span for each operation and each request to the store. */
export class ScopeSpans {
  readonly #tracer: Tracer
  readonly #options: SpanOptions
  readonly #begun = new Map<object, Begun>()
  /** The innermost of ours that the running code is part of. */
  readonly #current = new AsyncLocalStorage<Begun>()

  constructor(tracer: Tracer, options: SpanOptions) {
    this.#tracer = tracer
    this.#options = options
  }

  listen(listening: Listening): void {
    const { operation, storeCall, lock } = diagnostics
    const operations = tracingNames(operation.name)
    listening.bind(operations.start, this.#current, (begun: TracedOperation) => this.#beginOperation(begun))
    listening.on(operations.end, (ended: TracedOperation & Ended) => this.#endOperation(ended))
    const calls = tracingNames(storeCall.name)
    listening.bind(calls.start, this.#current, (begun: StoreCall) => this.#beginCall(begun))
    listening.on(calls.end, (ended: StoreCall & Ended) => this.#endCall(ended))
    listening.on(lock.name, (message: LockMessage) => this.#noteLock(message))
  }

  /** Those whose end will not be heard. */
  endAll(): void {
    for (const begun of this.#begun.values()) end(begun)
    this.#begun.clear()
  }

  #beginOperation(operation: TracedOperation): Begun {
    const { key, attributes } = operationFacts(operation)
    const more: Attributes = { ...attributes }
    if ('request' in operation && operation.request !== undefined) more['scopes.request'] = operation.request
    if (operation.type === 'deliver') more['scopes.delivery.attempt'] = operation.attempt
    if (operation.type === 'lock' && !key) more['scopes.lock.name'] = operation.lock.slice('lock:n:'.length)
    if (key && this.#options.attributesOf)
      Object.assign(
        more,
        this.#own(() => this.#options.attributesOf?.(key)),
      )
    const kind = attributes['scopes.kind']
    const name = `scopes.${operation.type.replace('-', '_')}`
    return this.#begin(operation, typeof kind === 'string' ? `${name} ${kind}` : name, SpanKind.INTERNAL, more)
  }

  #beginCall(call: StoreCall): Begun {
    const key = parseDocumentKey(call.documentKey)
    const attributes: Attributes = {
      ...scopeAttributes(key),
      'db.system.name': this.#options.system,
      'db.operation.name': call.type,
    }
    if (call.bytes > 0) attributes['scopes.store.bytes'] = call.bytes
    // What is no scope: a lock, an index, a journal.
    const target = key?.kind ?? call.documentKey.slice(0, call.documentKey.indexOf(':'))
    return this.#begin(call, `${call.type} ${target}`, SpanKind.CLIENT, attributes)
  }

  #begin(operation: Begun['operation'], name: string, kind: SpanKind, attributes: Attributes): Begun {
    const active = context.active()
    const span = this.#tracer.startSpan(name, { kind, attributes }, this.#parentIn(active))
    const begun: Begun = { span, operation, around: trace.getSpan(active), hasEnded: false }
    this.#begun.set(operation, begun)
    return begun
  }

  /** The innermost of ours, unless the application has begun a span inside of it. */
  #parentIn(active: Context): Context {
    const current = this.#current.getStore()
    if (current === undefined || trace.getSpan(active) !== current.around) return active
    // What goes on after the operation, such as to leave an index, is no part of it.
    return current.hasEnded ? active : trace.setSpan(active, current.span)
  }

  #endOperation(operation: TracedOperation & Ended): void {
    this.#end(operation, begun => {
      const { attributes, error } = resultAttributes(operation)
      begun.span.setAttributes(attributes)
      if (error) begun.span.setStatus({ code: SpanStatusCode.ERROR })
    })
  }

  #endCall(call: StoreCall & Ended): void {
    this.#end(call, ({ span }) => {
      if ('error' in call) {
        span.setAttribute('error.type', errorType(call.error))
        span.setStatus({ code: SpanStatusCode.ERROR })
        const outcome = outcomeOf(call.error)
        if (outcome && call.type !== 'load') span.setAttribute('scopes.outcome', outcome)
      } else {
        const refusal = refusalOf(call.result)
        if (refusal !== undefined) span.setAttribute('scopes.store.refused', refusal)
      }
    })
  }

  #end(operation: object, complete: (begun: Begun) => void): void {
    const begun = this.#begun.get(operation)
    // It began before this telemetry did.
    if (begun === undefined) return
    this.#begun.delete(operation)
    complete(begun)
    end(begun)
  }

  /** What happens to a lock is an event of the span of whoever has asked for it. */
  #noteLock(message: LockMessage): void {
    const current = this.#current.getStore()
    if (current?.operation.type !== 'lock' || current.operation.lock !== message.lock || current.hasEnded) return
    switch (message.type) {
      case 'granted':
        return void current.span.addEvent('granted', { 'scopes.lock.waited': message.waitedMs / 1000 })
      case 'waiting':
      case 'lost':
      case 'timed-out':
      case 'deadlock-suspected':
        return void current.span.addEvent(message.type)
      // Told by the end of the span.
      case 'released':
      case 'given-up':
        return
      default:
        message satisfies never
    }
  }

  #own(ask: () => Attributes | undefined): Attributes {
    try {
      return ask() ?? {}
    } catch (error) {
      diag.error('scopesTelemetry: attributesOf threw; the span goes without its attributes.', error)
      return {}
    }
  }
}

function end(begun: Begun): void {
  begun.hasEnded = true
  begun.span.end()
}

function refusalOf(result: unknown): string | undefined {
  if (typeof result !== 'object' || result === null || !('reason' in result)) return undefined
  return typeof result.reason === 'string' ? result.reason : undefined
}
