// @cess/metrics: the port for metrics over prom-client, its endpoint, and texts of several sources made into one.
import './errors.js';

export {
  type ExpositionSource,
  type MetricFamily,
  mergeExpositions,
  parseExposition,
  type Sample,
} from './exposition.js';
export { MetricsRegistry, type MetricsRegistryInit } from './metrics-registry.js';
export { MetricsServer, type MetricsServerInit } from './metrics-server.js';
export { addProcessMetrics } from './process-metrics.js';
