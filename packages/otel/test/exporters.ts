import { type Context, type Span, context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { onTestFinished } from 'vitest'
import { type MetricName, type Telemetry, type TelemetryOptions, scopesTelemetry } from '../src/index.ts'

/** One value of a metric: a sum, a gauge's last value, or the count of a distribution. */
interface Point {
  readonly attributes: Readonly<Record<string, unknown>>
  readonly value: number
}

/** A telemetry with an SDK behind it that keeps everything. */
export interface Observed {
  readonly telemetry: Telemetry
  /** Spans that have ended, of one application. */
  spans(application: string): readonly ReadableSpan[]
  /** Every span. */
  allSpans(): readonly ReadableSpan[]
  /** The values of a metric, of one application where that is in them. */
  points(name: MetricName, application?: string): Promise<readonly Point[]>
  /** Runs in a span of the application's own. */
  within<T>(name: string, run: (span: Span) => Promise<T>): Promise<T>
}

/** Until the test has finished. */
export function observe(options: TelemetryOptions = {}): Observed {
  const manager = new AsyncLocalStorageContextManager().enable()
  context.setGlobalContextManager(manager)
  const spans = new InMemorySpanExporter()
  const tracers = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] })
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  // Exported when it is asked for.
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 30 })
  const meters = new MeterProvider({ readers: [reader] })
  const tracer = tracers.getTracer('test')
  const telemetry = scopesTelemetry({ tracer, meter: meters.getMeter('test'), ...options })
  onTestFinished(async () => {
    telemetry.stop()
    context.disable()
    await Promise.all([tracers.shutdown(), meters.shutdown()])
  })
  return {
    telemetry,
    allSpans: () => spans.getFinishedSpans(),
    spans: application =>
      spans.getFinishedSpans().filter(({ attributes }) => attributes['scopes.application'] === application),
    points: async (name, application) => {
      exporter.reset()
      await reader.forceFlush()
      const metrics = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(scope => scope.metrics))
      const points = metrics.filter(({ descriptor }) => descriptor.name === name).flatMap(pointsOf)
      return application === undefined ? points : points.filter(point => isOf(point, application))
    },
    within: async (name, run) => {
      const span = tracer.startSpan(name)
      const inside: Context = trace.setSpan(context.active(), span)
      try {
        return await context.with(inside, () => run(span))
      } finally {
        span.end()
      }
    },
  }
}

function pointsOf({
  dataPoints,
}: {
  readonly dataPoints: readonly { readonly attributes: object; readonly value: unknown }[]
}): readonly Point[] {
  return dataPoints.map(({ attributes, value }) => ({
    attributes: { ...attributes },
    value: typeof value === 'number' ? value : (value as { readonly count: number }).count,
  }))
}

function isOf({ attributes }: Point, application: string): boolean {
  return attributes['scopes.application'] === application
}
