// @cess/consensus: pure rules of authorship (R²S) and finality (GRANDPA's formats).
import './errors.js';

export {
  type BlockId,
  grandpaEngineId,
  type Justification,
  justificationCodec,
  precommitPayload,
  type SignedPrecommit,
} from './grandpa/justification.js';
export { createLoneAuthorityJustification, type LoneAuthorityVote } from './grandpa/lone-authority.js';
export {
  type Authority,
  type AuthoritySet,
  thresholdWeight,
  verifyJustification,
} from './grandpa/verify-justification.js';
export { nextBeacon, type Vrf, vrfInput } from './r2s/beacon.js';
export { claimSlot, headerHash, type SlotClaim, sealHeader, splitSeal } from './r2s/seal.js';
export { authorityIndexOf, slotAt, slotStartMs } from './r2s/slots.js';
export { type HeaderContext, type VerifiedHeader, verifyHeader } from './r2s/verify-header.js';
