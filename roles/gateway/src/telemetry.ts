// OpenTelemetry in the configuration file of a gateway.
import { systemRng } from '@cess/crypto';
import { cessVersion, systemTimers } from '@cess/primitives';
import { hiddenSecret, type RoleContext } from '@cess/role-process';
import { Telemetry } from '@cess/telemetry';
import { z } from 'zod';

/** Headers that follow from the message. */
const ownHeaders = new Set(['connection', 'content-length', 'content-type', 'host', 'transfer-encoding', 'user-agent']);
const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/, 'must be the name of a header')
  .refine((name) => !ownHeaders.has(name.toLowerCase()), 'is set by the gateway');
const headerValue = z
  .string()
  .max(8_192)
  .regex(/^[\t\x20-\x7e]*$/, 'must be printable ASCII');

export const telemetrySchema = z.strictObject({
  /** Base URL of an OTLP receiver over HTTP; `/v1/traces` and `/v1/metrics` are appended. */
  endpoint: z.string().refine(isReceiverUrl, 'must be an http or https URL without credentials, query and fragment'),
  /** Sent with every message. With secrets in them, keep this file readable for this user only. */
  headers: z.record(headerName, headerValue).default({}),
  /** Between two exports of metrics; spans wait at most as long. */
  intervalMs: z.number().int().min(1_000).max(3_600_000).default(10_000),
  /** Share of traces whose spans are sent. */
  sampleRatio: z.number().min(0).max(1).default(1),
});

/** The settings without the values of headers, which may be credentials. */
export function hideHeaders(telemetry: z.infer<typeof telemetrySchema>): z.infer<typeof telemetrySchema> {
  const headers = Object.fromEntries(Object.keys(telemetry.headers).map((name) => [name, hiddenSecret]));
  return { ...telemetry, headers };
}

/** Exports spans and metrics of this process until it stops. */
export async function startTelemetry(
  { endpoint, headers, intervalMs, sampleRatio }: z.infer<typeof telemetrySchema>,
  { logger, metrics, metricsText, onFatal, cleanups }: RoleContext,
  gateway: string,
): Promise<Telemetry> {
  const telemetry = new Telemetry({
    timers: systemTimers,
    rng: systemRng,
    logger: logger.child({ component: 'telemetry' }),
    metrics,
    onFatal,
    receiver: { endpoint, headers },
    origin: {
      resource: {
        'service.namespace': 'cess',
        'service.name': 'cess-gateway',
        'service.version': cessVersion,
        'service.instance.id': gateway,
        'process.pid': process.pid,
        'process.runtime.name': 'nodejs',
        'process.runtime.version': process.versions.node,
      },
      scope: { name: '@cess/gateway', version: cessVersion },
    },
    intervalMs,
    sampleRatio,
    metricsText,
    startMs: performance.timeOrigin,
  });
  await telemetry.start();
  cleanups.push(() => telemetry.stop());
  return telemetry;
}

function isReceiverUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && [username, password, search, hash].every((part) => part === '');
}
