// @cess/telemetry: export of spans and metrics over OTLP, the protocol of OpenTelemetry.
export { declareTelemetryCounters } from './counters.js';
export type { ServerSpan } from './spans.js';
export { type SpanRecorder, Telemetry, type TelemetryInit } from './telemetry.js';
