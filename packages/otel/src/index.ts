// Spans and metrics of what scopes do, from their channels of `node:diagnostics_channel`.
export { scopesTelemetry } from './scopes-telemetry.ts'
export type { Telemetry } from './scopes-telemetry.ts'
export type { TelemetryOptions } from './telemetry-options.ts'

// What is measured: each metric with its unit and the question that it answers.
export { metricTable } from './instruments.ts'
export type { MetricName } from './instruments.ts'

// What is read of the channels of other packages.
export type { AdapterMessages } from './adapter-metrics.ts'
