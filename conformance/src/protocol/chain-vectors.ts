// Vectors of docs/protocol/{node-api,beacon,consensus,finality}.md, computed by the code.
import { type Header, header as headerCodec, r2sPreRuntime } from '@cess/chain-primitives';
import {
  headerHash,
  justificationCodec,
  justifyBySingleVote,
  nextBeacon,
  precommitPayload,
  sealHeader,
  vrfInput,
} from '@cess/consensus';
import { createEd25519Signer, vrfProofToHash, vrfProve } from '@cess/crypto';
import {
  contentDigest,
  coveredComponents,
  type SignedRequest,
  signatureBase,
  signatureParametersText,
} from '@cess/node-api';
import { fromUtf8, invariant, toHex, utf8 } from '@cess/primitives';
import { pattern, type Vector, type VectorFile } from './vector.js';

const authoritySeed = pattern(32, 100);
const authority = createEd25519Signer(authoritySeed);
const previousBeacon = pattern(64, 101);
const slot = 1_790_000_000n;

function vrf(): { readonly alpha: Uint8Array; readonly proof: Uint8Array; readonly output: Uint8Array } {
  const alpha = vrfInput(previousBeacon, slot);
  const proof = vrfProve(authoritySeed, alpha);
  const output = vrfProofToHash(proof);
  invariant(output !== undefined, 'an own proof has an output');
  return { alpha, proof, output };
}

export function beaconVectors(): VectorFile {
  const { alpha, proof, output } = vrf();
  return [
    {
      name: 'one step',
      input: { authoritySeed: toHex(authoritySeed), previousBeacon: toHex(previousBeacon), slot: String(slot) },
      output: {
        publicKey: toHex(authority.publicKey),
        alpha: toHex(alpha),
        pi: toHex(proof),
        beta: toHex(output),
        beacon: toHex(nextBeacon(previousBeacon, output)),
      },
    },
  ];
}

export function consensusVectors(): VectorFile {
  const { proof, output } = vrf();
  const claim = r2sPreRuntime({ slot, authority_index: 0, vrf_output: output, vrf_proof: proof });
  const unsealed: Header = {
    parent_hash: pattern(32, 110),
    number: 70_000,
    state_root: pattern(32, 111),
    extrinsics_root: pattern(32, 112),
    digest: { logs: [claim] },
  };
  const sealed = sealHeader(unsealed, authority);
  const hash = headerHash(sealed);
  const target = { hash, number: unsealed.number };
  const vote = { target, round: 70_000n, setId: 3n };
  return [
    {
      name: 'header with claim and seal',
      input: {
        parentHash: toHex(unsealed.parent_hash),
        number: unsealed.number,
        stateRoot: toHex(unsealed.state_root),
        extrinsicsRoot: toHex(unsealed.extrinsics_root),
        slot: String(slot),
        seat: 0,
        vrfOutput: toHex(output),
        vrfProof: toHex(proof),
        authoritySeed: toHex(authoritySeed),
      },
      output: {
        unsealed: toHex(headerCodec.encode(unsealed)),
        unsealedHash: toHex(headerHash(unsealed)),
        sealed: toHex(headerCodec.encode(sealed)),
        hash: toHex(hash),
      },
    },
    {
      name: 'precommit and justification of a lone authority',
      input: {
        targetHash: toHex(hash),
        targetNumber: target.number,
        round: String(vote.round),
        setId: String(vote.setId),
        authoritySeed: toHex(authoritySeed),
      },
      output: {
        payload: toHex(precommitPayload(target, vote.round, vote.setId)),
        justification: toHex(justificationCodec.encode(justifyBySingleVote(vote, authority))),
      },
    },
  ];
}

function signed(name: string, request: SignedRequest): Vector {
  const seed = pattern(32, 120);
  const signer = createEd25519Signer(seed);
  const parameters = { created: 1_800_000_000, nonce: toHex(pattern(16, 121)), keyId: toHex(signer.publicKey) };
  const components = coveredComponents(request);
  const text = signatureParametersText(components, parameters);
  const base = signatureBase(request, text, components);
  return {
    name,
    input: {
      method: request.method,
      path: request.path,
      query: request.query,
      headers: request.headers,
      created: parameters.created,
      nonce: parameters.nonce,
      seed: toHex(seed),
    },
    output: {
      signatureInput: `cess=${text}`,
      base: fromUtf8(base),
      signature: `cess=:${Buffer.from(signer.sign(base)).toString('base64')}:`,
    },
  };
}

export function nodeApiVectors(): VectorFile {
  const audience = toHex(pattern(32, 122));
  const body = '{"gateway":"03","orderIds":[]}';
  const put: SignedRequest = {
    method: 'PUT',
    path: `/v1/fragments/${toHex(pattern(32, 4))}/0/3`,
    query: '',
    headers: {
      'cess-audience': audience,
      'cess-fragment-root': toHex(pattern(32, 123)),
      'cess-gateway': toHex(pattern(32, 3)),
    },
  };
  const post: SignedRequest = {
    method: 'POST',
    path: '/v1/renewals',
    query: '',
    headers: { 'cess-audience': audience, 'content-digest': contentDigest(utf8(body)) },
  };
  return [
    signed('upload of a fragment', put),
    { ...signed('request with a JSON body', post), name: `request with the body ${body}` },
    signed('read', { ...put, method: 'GET', query: '?a=b', headers: { 'cess-audience': audience } }),
  ];
}
