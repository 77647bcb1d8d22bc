// @cess/tls: TLS of servers and between nodes: certificates, pinned keys, connections before HTTP.
import './errors.js';

export * from './der.js';
export { isLoopback } from './loopback.js';
export { createNodeCertificate, identityOf, NodeCertificate, type NodeIdentity } from './node-certificate.js';
export { type PinRefusal, type TlsBinding, tlsBindingMessage } from './node-pin.js';
export { PinnedConnector, type PinnedTarget } from './pinned-connector.js';
export {
  acceptTls,
  connectionRefused,
  defaultPreparationMs,
  type PreparationInit,
  prepareConnections,
  type ServerCertificates,
  withinTime,
} from './prepare-connections.js';
export {
  certificateExtension,
  certificatePem,
  createCertificate,
  createCertificateKeys,
  keyIdOf,
  privateKeyPem,
} from './x509.js';
