// @cess/primitives: the base of every package. Contains no CESS protocol.

export { createDeferred, type Deferred, delay, handledElsewhere, pause, systemTimers } from './async.js';
export {
  BackgroundLoop,
  type BackgroundLoopInit,
  type BackgroundPorts,
  type BackOffLimits,
  declareFailureCounter,
  type Gate,
  type OnFatal,
  randomShare,
  throwFatal,
} from './background-loop.js';
export { BoundedCache } from './bounded-cache.js';
export type { Branded } from './brand.js';
export { compareBytes, concatBytes, equalBytes, fromUtf8, prefixEnd, utf8, utf8OrEmpty } from './bytes.js';
export { runCleanups } from './cleanup.js';
export {
  aborted,
  CessError,
  type CessErrorOptions,
  type CodesWith,
  type CodesWithoutData,
  type ErrorCode,
  type ErrorDetails,
  isAbort,
  isCessError,
  isRetryable,
  jsonProblem,
  messageOf,
} from './error.js';
export {
  type DataOf,
  declareErrors,
  type ErrorDeclaration,
  type ErrorDeclarations,
  isMisconfiguration,
  type NoData,
  remedyOf,
  withData,
} from './error-declarations.js';
export { fromWireError, toWireError, type WireError } from './error-wire.js';
export type { ErrorCodes } from './errors.js';
export { FairPlaces } from './fair-places.js';
export { fromHex, toHex, toHex0x } from './hex.js';
export { hostAndPort } from './host-port.js';
export { InvariantError, invariant } from './invariant.js';
export { KeyedMutex } from './keyed-mutex.js';
export {
  type Counter,
  type Gauge,
  type Histogram,
  type HistogramInit,
  type LabelsOf,
  type MetricInit,
  type Metrics,
  noMetrics,
  type Reading,
  type ReadMetric,
  secondsBuckets,
} from './metrics.js';
export {
  type Clock,
  type LogFields,
  type Logger,
  type Rng,
  type Startable,
  silentLogger,
  systemClock,
  type Timers,
  webRng,
} from './ports.js';
export { byteAt, elementAt, present } from './present.js';
export { type Err, err, type Ok, ok, type Result } from './result.js';
export { SetAside, type SetAsideEntry, type SetAsideOptions } from './set-aside.js';
export { CESS, formatBytes, GiB, MiB, TiB } from './units.js';
export { cessVersion } from './version.js';
