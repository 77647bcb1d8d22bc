// @cess/node-api: the HTTP contract between nodes: routes, message signatures, the provider client.
export {
  type AdminAddress,
  AdminClient,
  adminActions,
  adminFileName,
  type NetworkStatus,
  type ProviderAction,
  type ProviderStatus,
} from './admin.js';
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
export { type ProviderAddress, ProviderClient, type ProviderClientInit } from './provider-client.js';
export { ReplayGuard } from './replay-guard.js';
export * from './routes.js';
export { type NodeSigner, signRequest } from './sign-request.js';
export { maxClockSkewSeconds, type RequestRefusal, type VerifyContext, verifyRequest } from './verify-request.js';
