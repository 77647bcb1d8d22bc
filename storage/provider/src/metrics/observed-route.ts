// A route that measures each request that is carried out, and counts the fragment bytes that it moves. Refused requests
// are counted by the server.
import type { Route } from '../serving/router.js';
import type { ProviderMetrics } from './provider-metrics.js';

type ServingMetrics = Pick<ProviderMetrics, 'requestSeconds' | 'uploadedBytes' | 'readBytes' | 'receipts'>;

export function observedRoute(route: Route, metrics: ServingMetrics): Route {
  return async (message, response) => {
    const begun = performance.now();
    const served = await route(message, response);
    const { operation } = served;
    metrics.requestSeconds.observe((performance.now() - begun) / 1000, { operation });
    if (served.operation === 'read') metrics.readBytes.add(served.bytes);
    if (served.operation === 'upload') {
      metrics.uploadedBytes.add(served.bytes);
      metrics.receipts.add(1);
    }
    return served;
  };
}
