// What the gateway does beside its answers to requests: events, alerts, access logs, inventories.
import type { ObjectChange, ObjectIndex } from '@cess/object-index';
import type { BackgroundPorts, Startable } from '@cess/primitives';
import type { Kv } from '@cess/store';
import { AccessLogs } from './access-logs/access-logs.js';
import { type AlertConfig, AlertWatch } from './alerts/alert-watch.js';
import { EventService } from './events/event-service.js';
import { InventoryWorker } from './inventory/inventory-worker.js';
import type { ObjectStorage } from './object-storage.js';
import { OwnObjects } from './own-objects.js';
import type { ConfigurationCache } from './s3/configurations/configuration-cache.js';
import type { WebhookTarget } from './webhooks/webhook-target.js';

export interface ObserverConfig {
  readonly region: string;
  /** Folder of the audit log. */
  readonly auditDir: string;
  /** Receivers of events that buckets may name. Default: none. */
  readonly webhookTargets?: readonly WebhookTarget[];
  /** Pauses after failed deliveries. */
  readonly webhookPauses?: { readonly leastMs: number; readonly mostMs: number };
  /** Alerts by rule on the audit log. Default: none. */
  readonly alerts?: AlertConfig;
  /** Folder of access logs that are not delivered yet. */
  readonly accessLogDir: string;
  /** Folder for files of inventories under way. Emptied at start. */
  readonly inventoryDir: string;
  /** Pause between deliveries of access logs. Default 5 minutes. */
  readonly accessLogDeliveryMs?: number;
}

export interface GatewayObservers extends Startable {
  readonly events: EventService;
  readonly alerts: AlertWatch;
  readonly accessLogs: AccessLogs;
  readonly inventories: InventoryWorker;
}

interface ObserverParts {
  readonly kv: Kv;
  readonly index: ObjectIndex;
  /** For work that one gateway of a fleet does for all. */
  readonly dutyIndex: ObjectIndex;
  readonly configurations: ConfigurationCache;
  readonly storage: ObjectStorage;
  /** Length of a day of inventories. */
  readonly dayMs: number;
  /** Called for every durable change of an object. */
  readonly onChange: (change: ObjectChange) => void;
  readonly background: (component: string) => BackgroundPorts;
  readonly duty: (component: string) => BackgroundPorts;
}

export function createObservers(parts: ObserverParts, config: ObserverConfig): GatewayObservers {
  const { kv, index, dutyIndex, configurations, storage, background, duty, dayMs } = parts;
  const { region } = config;
  const ports = duty('events');
  const nowMs = () => ports.timers.nowMs();
  const events = new EventService({
    ...ports,
    index,
    configurations,
    region,
    targets: config.webhookTargets ?? [],
    pauses: config.webhookPauses,
    onChange: (change) => {
      void alerts.observeChange(change);
      parts.onChange(change);
    },
  });
  const watched = { config: config.alerts, auditFolder: config.auditDir };
  const alerts = new AlertWatch({ ...background('alerts'), ...watched, kv, events, nowMs });
  const objects = new OwnObjects({ index, storage, configurations, nowMs });
  const accessLogs = new AccessLogs({
    ...background('access logs'),
    folder: config.accessLogDir,
    index,
    configurations,
    objects,
    region,
    deliveryMs: config.accessLogDeliveryMs,
  });
  const inventories = new InventoryWorker({
    ...duty('inventory'),
    index: dutyIndex,
    configurations,
    objects,
    folder: config.inventoryDir,
    dayMs,
  });
  return {
    events,
    alerts,
    accessLogs,
    inventories,
    async start() {
      await alerts.start();
      await events.start();
      await accessLogs.start();
      await inventories.start();
    },
    /** Call it before the S3 server stops: live streams would keep it waiting. */
    async stop() {
      await events.stop();
      await inventories.stop();
    },
  };
}
