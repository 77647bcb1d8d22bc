// @cess/gateway: DeOSS, the S3 gateway of the network.
import './errors.js';

export { declareAccessLogCounter } from './access-logs/access-logs.js';
export type { AlertRule } from './alerts/alert-rules.js';
export { type AlertConfig, declareAlertCounter } from './alerts/alert-watch.js';
export type { ChainAdapterInit } from './chain/chain-adapter.js';
export { ensureGatewayRegistered, type GatewayRegistration } from './chain/gateway-registration.js';
export type {
  DeclarationOutcome,
  DeclaredFragment,
  DeclaredSegment,
  FileDeclaration,
  GatewayChain,
  HolderAttestation,
  Placement,
} from './chain-port.js';
export { type ReliabilityAssumptions, reliabilityOf, usualAssumptions } from './classes/reliability.js';
export { declareFleetMetrics } from './fleet/fleet-member.js';
export type { FleetConfig } from './fleet/open-fleet.js';
export { createGateway } from './gateway.js';
export type { Gateway, GatewayComponents, GatewayConfig, GatewayUsage } from './gateway-config.js';
export { GatewayMetrics, type GatewayReadings } from './gateway-metrics.js';
export { type GatewayOverChainInit, type OpenGateway, openGatewayOverChain } from './gateway-over-chain.js';
export { declareInventoryCounter } from './inventory/inventory-worker.js';
export { declareLifecycleCounter } from './lifecycle/lifecycle-worker.js';
export {
  type RecoverGatewayInit,
  type RecoveryReport,
  recoverGateway,
  recoverIfLost,
} from './recovery/recover-gateway.js';
export type { ServedAccount } from './served-account.js';
export { isStorageClass, redundancyOf, type StorageClassName, standardClasses } from './storage-classes.js';
export { createDevelopmentCertificate } from './transport/development-certificate.js';
export { isProxyEntry } from './transport/trusted-proxies.js';
export { TrafficCounter } from './usage/traffic-counter.js';
export { DeliveryCounters } from './webhooks/delivery-counters.js';
export { webhookKey } from './webhooks/signature.js';
export { AddressRules } from './webhooks/special-addresses.js';
export { targetNamePattern, urlFault, type WebhookTarget } from './webhooks/webhook-target.js';
