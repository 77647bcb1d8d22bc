// A call with its preview: what it takes and costs, before the wallet of the account signs it. Closes when the call is final; a failure
// stays, with its code.
import { isCessError, messageOf } from '@cess/primitives';
import { estimateFee, type Signer, submitCall } from '@cess/sdk/chain';
import type { ReactNode } from 'react';
import { connectChain } from '../../api/chain.js';
import { ApiError } from '../../api/http.js';
import { useTexts, useToast } from '../../components/context.js';
import { FormDialog } from '../../components/dialog.js';
import { useAction } from '../../components/use-action.js';
import { useLoad } from '../../components/use-load.js';
import type { TextKey } from '../../i18n/en.js';

export interface PreviewedCall {
  readonly call: Uint8Array;
  /** Paid or held from the balance without the fee, in the smallest unit. */
  readonly spends: bigint;
  /** Above and below the fee. */
  readonly facts: readonly Fact[];
  readonly results?: readonly Fact[];
  /** The same for a terminal. */
  readonly command?: string | undefined;
}

interface Fact {
  readonly label: string;
  readonly value: ReactNode;
}

interface CallDialogProps {
  readonly title: string;
  readonly account: Uint8Array;
  /** What the account can spend; undefined while it is not known. */
  readonly balance: bigint | undefined;
  /** Undefined while the fields do not say a call. */
  readonly previewed: PreviewedCall | undefined;
  readonly incomplete: string;
  /** Stands above the command where no wallet can sign. */
  readonly unsigned: string;
  readonly placed: string;
  readonly signer: Signer | undefined;
  readonly isDanger?: boolean;
  /** The fields. */
  readonly children: ReactNode;
  readonly onClose: () => void;
  /** The call is in a finalized block. */
  readonly onPlaced: () => void;
}

export function CallDialog(props: CallDialogProps) {
  const { title, account, balance, previewed, incomplete, unsigned, placed, signer, isDanger = false } = props;
  const { children, onClose, onPlaced } = props;
  const { t } = useTexts();
  const toast = useToast();
  const action = useAction();
  const { isBusy, failure } = action.state;
  const place = () => {
    if (previewed === undefined || signer === undefined) return;
    const { call } = previewed;
    action.run(async () => {
      await submitCall(await connectChain(), { signer, call }).catch((error: unknown) => {
        throw explained(error, t);
      });
      toast(placed);
      onPlaced();
    });
  };
  return (
    <FormDialog
      title={title}
      submit={signer === undefined ? undefined : t('call.sign')}
      isDanger={isDanger}
      failure={failure}
      isBusy={isBusy || previewed === undefined}
      onClose={onClose}
      onSubmit={place}
    >
      {children}
      <div role="status" className="stack tight">
        {previewed === undefined ? (
          <p className="soft">{incomplete}</p>
        ) : (
          <Preview previewed={previewed} account={account} balance={balance} />
        )}
        {isBusy ? <p className="soft">{t('call.waiting')}</p> : null}
      </div>
      {previewed === undefined || signer !== undefined ? null : (
        <div className="stack tight">
          <p className="soft break">{unsigned}</p>
          {previewed.command === undefined ? null : <code className="value">{previewed.command}</code>}
        </div>
      )}
    </FormDialog>
  );
}

interface PreviewProps {
  readonly previewed: PreviewedCall;
  readonly account: Uint8Array;
  readonly balance: bigint | undefined;
}

function Preview({ previewed: { call, spends, facts, results = [] }, account, balance }: PreviewProps) {
  const { t, tokens } = useTexts();
  // The weight of a call depends on which call it is, the rest of the fee on its length.
  const key = `fee ${call[0]} ${call[1]} ${call.length}`;
  const fee = useLoad(key, async () => estimateFee(await connectChain(), account, call));
  const known = fee.status === 'ready' ? fee.value : undefined;
  return (
    <>
      <dl className="facts">
        {facts.map(shownFact)}
        <dt>{t('call.fee')}</dt>
        <dd>{fee.status === 'failed' ? t('call.fee.unknown') : known === undefined ? '…' : tokens(known)}</dd>
        {results.map(shownFact)}
      </dl>
      {balance !== undefined && spends + (known ?? 0n) > balance ? (
        <p className="notice bad">{t('call.poor', { balance: tokens(balance) })}</p>
      ) : null}
    </>
  );
}

function shownFact({ label, value }: Fact) {
  return [<dt key={`${label}/name`}>{label}</dt>, <dd key={`${label}/value`}>{value}</dd>];
}

/** What a failed submission means for the reader: whether something was paid, and what to do. */
function explained(error: unknown, t: ReturnType<typeof useTexts>['t']): unknown {
  const reason = messageOf(error);
  const say = (text: TextKey, code: string) => new Error(t(text, { code, reason }), { cause: error });
  if (error instanceof ApiError && error.code === 'WalletRefused') return say('call.unsigned', error.code);
  if (isCessError(error, 'CHAIN_DISPATCH_FAILED')) return say('call.refused', error.code);
  if (isCessError(error, 'CHAIN_CALL_INVALID')) return say('call.invalid', error.code);
  if (isCessError(error, 'CHAIN_OUTCOME_UNKNOWN')) return say('call.unknown', error.code);
  return error;
}
