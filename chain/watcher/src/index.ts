// @cess/watcher: verifies a share of the verdicts of TEE workers and disputes those that are wrong.
import './errors.js';

export { declareVerdictMetrics } from './verdict-metrics.js';
export { createVerdictWatcher, type VerdictWatcher, type VerdictWatcherInit } from './verdict-watcher.js';
