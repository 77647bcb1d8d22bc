// @cess/signature-v4: AWS Signature Version 4, for the gateway, which verifies, and for clients in Node.js and browsers, which sign.
export {
  type CanonicalParts,
  type CredentialScope,
  canonicalRequest,
  hmac,
  scopeText,
  sha256Hex,
  signingKey,
  stringToSign,
  uriEncode,
} from './canonical.js';
export { type FormToSign, policySignature, signedForm } from './sign-form.js';
export {
  type PresignOptions,
  presignedUrl,
  type RequestToSign,
  type SigningCredentials,
  signedHeaders,
  urlOf,
} from './sign-request.js';
