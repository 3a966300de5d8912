import { metrics, trace } from '@opentelemetry/api'
import { AdapterMetrics } from './adapter-metrics.ts'
import { CoreMetrics } from './core-metrics.ts'
import { Instruments } from './instruments.ts'
import { Listening } from './listening.ts'
import { ScopeSpans } from './scope-spans.ts'
import type { TelemetryOptions } from './telemetry-options.ts'

/** Spans and metrics that are being made. */
export interface Telemetry extends Disposable {
  /** Afterwards none are made, and spans that had begun have ended. Idempotent. */
  stop(): void
}

const scopeName = '@scopes/otel'

/**
 * From now on everything that scopes do in this process is told to OpenTelemetry: spans of operations and of requests to the
 * store, and metrics, whatever package they come from. Start it after the SDK. Several may run at once.
 *
 * ```ts
 * const telemetry = scopesTelemetry({ system: 'sqlite' })
 * ```
 */
export function scopesTelemetry(options: TelemetryOptions = {}): Telemetry {
  const { tracer = trace.getTracer(scopeName), meter = metrics.getMeter(scopeName) } = options
  const { system = 'other', attributesOf } = options
  const listening = new Listening()
  const spans = tracer ? new ScopeSpans(tracer, { system, attributesOf }) : undefined
  spans?.listen(listening)
  if (meter) {
    const instruments = new Instruments(meter)
    new CoreMetrics(instruments, system).listen(listening)
    new AdapterMetrics(instruments).listen(listening)
  }
  const stop = (): void => {
    listening.stop()
    spans?.endAll()
  }
  return { stop, [Symbol.dispose]: stop }
}
