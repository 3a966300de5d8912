// Spans and metrics of what scopes do, from their channels of `node:diagnostics_channel`.
export type { TelemetryOptions } from './telemetry-options.ts'
