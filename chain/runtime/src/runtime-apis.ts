// The runtime APIs that nodes and clients call by name.
import {
  type ApplyExtrinsicResult,
  accountId,
  applyExtrinsicResult,
  balance,
  type Header,
  h256,
  header,
  type TransactionSource,
  type TransactionValidityError,
  transactionSource,
  transactionValidityError,
  type ValidTransaction,
  validTransaction,
  weight,
} from '@cess/chain-primitives';
import { bytes, option, result, u32, vec } from '@cess/codec';
import { CessError } from '@cess/primitives';
import { statusOfFiles, uncheckedExtrinsic } from './construct.js';
import { fileStatus, MAX_STATUS_FILES } from './declarations/index.js';
import { runtimeVersion } from './declarations/pallets.js';
import type { Context } from './frame/context.js';
import type { Executive } from './frame/executive.js';
import { ValidityFailure } from './frame/failure.js';
import { METADATA_VERSIONS, type MetadataVersion } from './frame/metadata.js';
import { apiMethod, type RuntimeApi } from './frame/runtime-api.js';
import { accountOf, runtimeVersionCodec } from './pallets/system/index.js';
import {
  feeDetails,
  feeOf,
  lengthToFee,
  runtimeDispatchInfo,
  totalFee,
  weightToFee,
} from './pallets/transaction-payment/index.js';
import { RUNTIME_API_IDS, versionFields } from './version.js';

export interface ApiBackend {
  readonly executive: Executive;
  metadata(version: MetadataVersion): Uint8Array;
  applyExtrinsic(ctx: Context, encoded: Uint8Array): ApplyExtrinsicResult;
  finalizeBlock(ctx: Context): Header;
  validateTransaction(
    ctx: Context,
    source: TransactionSource,
    encoded: Uint8Array,
    atBlockHash: Uint8Array,
  ): ValidTransaction | TransactionValidityError;
}

type Methods = RuntimeApi['methods'];
type ApiName = (typeof RUNTIME_API_IDS)[number]['name'];

function isVersion(version: number): version is MetadataVersion {
  return (METADATA_VERSIONS as readonly number[]).includes(version);
}

function malformedExtrinsic(cause: ValidityFailure): CessError<'EXTRINSIC_MALFORMED'> {
  return new CessError('EXTRINSIC_MALFORMED', 'The bytes are not an extrinsic of this runtime.', {}, { cause });
}

/** All runtime APIs over their backend. */
export function createRuntimeApis(backend: ApiBackend): readonly RuntimeApi[] {
  const opaque = bytes();
  const validity = result(validTransaction, transactionValidityError);
  const infoOf = (ctx: Context, encoded: Uint8Array) => {
    try {
      const extrinsic = backend.executive.decode(encoded);
      return backend.executive.dispatchInfo(ctx, extrinsic);
    } catch (thrown) {
      if (thrown instanceof ValidityFailure) throw malformedExtrinsic(thrown);
      throw thrown;
    }
  };
  const methods: Readonly<Record<ApiName, { readonly docs: string; readonly methods: Methods }>> = {
    Core: {
      docs: 'The version of the runtime.',
      methods: {
        version: apiMethod('Version of the runtime.', {}, runtimeVersionCodec, () => versionFields(runtimeVersion)),
      },
    },
    Metadata: {
      docs: 'The description of the runtime.',
      methods: {
        metadata: apiMethod('Metadata V14.', {}, opaque, () => backend.metadata(14)),
        metadata_at_version: apiMethod(
          'Metadata of a version, if there is.',
          { version: u32 },
          option(opaque),
          (_ctx, args) => (isVersion(args.version) ? backend.metadata(args.version) : undefined),
        ),
        metadata_versions: apiMethod('Versions of metadata.', {}, vec(u32), () => [...METADATA_VERSIONS]),
      },
    },
    BlockBuilder: {
      docs: 'Building of blocks.',
      methods: {
        apply_extrinsic: apiMethod(
          'Applies an extrinsic.',
          { extrinsic: uncheckedExtrinsic },
          applyExtrinsicResult,
          (ctx, args) => backend.applyExtrinsic(ctx, args.extrinsic),
        ),
        finalize_block: apiMethod('Closes the block.', {}, header, (ctx) => backend.finalizeBlock(ctx)),
      },
    },
    TaggedTransactionQueue: {
      docs: 'Judgement of transactions for the pool.',
      methods: {
        validate_transaction: apiMethod(
          'Validity of a transaction in the block after the given one.',
          { source: transactionSource, tx: uncheckedExtrinsic, block_hash: h256 },
          validity,
          (ctx, { source, tx, block_hash }) => {
            const verdict = backend.validateTransaction(ctx, source, tx, block_hash);
            return 'priority' in verdict ? { type: 'Ok', value: verdict } : { type: 'Err', value: verdict };
          },
        ),
      },
    },
    AccountNonceApi: {
      docs: 'Nonces of accounts.',
      methods: {
        account_nonce: apiMethod(
          'The next nonce of an account.',
          { account: accountId },
          u32,
          (ctx, { account }) => accountOf(ctx, account).nonce,
        ),
      },
    },
    FileBankApi: {
      docs: 'Files and their protection.',
      methods: {
        file_status: apiMethod(
          'How far the protection of files has come; the least protected decides.',
          { file_ids: vec(h256, { max: MAX_STATUS_FILES }) },
          fileStatus,
          (ctx, { file_ids }) => statusOfFiles(ctx, file_ids),
        ),
      },
    },
    TransactionPaymentApi: {
      docs: 'Fees.',
      methods: {
        query_info: apiMethod(
          'Weight, class and fee.',
          { uxt: uncheckedExtrinsic, len: u32 },
          runtimeDispatchInfo,
          (ctx, args) => {
            const info = infoOf(ctx, args.uxt);
            return { weight: info.weight, class: info.class, partial_fee: totalFee(feeOf(ctx, args.len, info)) };
          },
        ),
        query_fee_details: apiMethod(
          'The parts of the fee.',
          { uxt: uncheckedExtrinsic, len: u32 },
          feeDetails,
          (ctx, args) => ({ inclusion_fee: feeOf(ctx, args.len, infoOf(ctx, args.uxt)) }),
        ),
        query_weight_to_fee: apiMethod('Fee of a weight.', { weight }, balance, (_ctx, args) =>
          weightToFee(args.weight),
        ),
        query_length_to_fee: apiMethod('Fee of a length.', { length: u32 }, balance, (_ctx, args) =>
          lengthToFee(args.length),
        ),
      },
    },
  };
  return RUNTIME_API_IDS.map((api) => ({ ...api, ...methods[api.name] }));
}

/** Finds `Api_method`. Throws `RUNTIME_API_UNKNOWN`. */
export function findApiMethod(apis: readonly RuntimeApi[], name: string) {
  for (const api of apis) {
    if (!name.startsWith(`${api.name}_`)) continue;
    const method = api.methods[name.slice(api.name.length + 1)];
    if (method !== undefined && Object.hasOwn(api.methods, name.slice(api.name.length + 1))) return method;
  }
  throw new CessError('RUNTIME_API_UNKNOWN', 'The runtime has no such API.', { name });
}
