// @cess/node-api: the HTTP contract between nodes: routes, message signatures, clients, and the server that all roles share.
import './errors.js';

export {
  type AdminAddress,
  AdminClient,
  adminActions,
  adminFileName,
  type NetworkStatus,
  type ProviderAction,
  type ProviderStatus,
  type TeeStatus,
  type ValidatorAction,
  type ValidatorStatus,
  validatorActions,
} from './admin.js';
export { type BodyPace, defaultBodyPace, pacedBody } from './body-pace.js';
export { ConnectionLimit } from './connection-limit.js';
export { claimedKey, contentLength, hexHeader, jsonBody, requireSignature, wholeBody } from './incoming-request.js';
export {
  contentDigest,
  contentDigestHeader,
  coveredComponents,
  type SignatureParameters,
  type SignedRequest,
  signatureBase,
  signatureHeader,
  signatureInputHeader,
  signatureParametersText,
} from './message-signature.js';
export { type EndpointRefusal, parseNodeEndpoint } from './node-endpoint.js';
export { NodeServer, type NodeServerInit, type ServerNames, sendJson } from './node-server.js';
export {
  type HoldingAttestation,
  type ProviderAddress,
  ProviderClient,
  type ProviderClientInit,
  type UndeclaredFragment,
} from './provider-client.js';
export { ReplayGuard } from './replay-guard.js';
export { RequestRefused, type StatusOfCode } from './request-refused.js';
export * from './routes.js';
export { type NodeSigner, signRequest } from './sign-request.js';
export {
  type TagAnswer,
  type TeeAddress,
  TeeClient,
  type TeeClientInit,
} from './tee-client.js';
export * from './tee-routes.js';
export { maxClockSkewSeconds, type RequestRefusal, type VerifyContext, verifyRequest } from './verify-request.js';
