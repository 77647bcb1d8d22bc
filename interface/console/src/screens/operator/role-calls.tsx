// The calls that the operator of a role can make now, each with its preview, signed by a wallet that has the account.
import { getBalance } from '@cess/sdk/chain';
import { useState } from 'react';
import { accountOf } from '../../api/chain.js';
import { Button } from '../../components/button.js';
import { useTexts } from '../../components/context.js';
import { Field } from '../../components/field.js';
import { CallDialog, type PreviewedCall } from '../calls/call-dialog.js';
import { type ConnectedWallet, ConnectWallet, signerOf } from '../calls/connect-wallet.js';
import { useChain } from '../use-chain.js';
import { dutyText } from './duty-list.js';
import type { CallField, CallValues, RoleCall } from './role-call.js';

interface RoleCallsProps {
  /** SS58 of the account that runs the role. */
  readonly address: string;
  readonly calls: readonly RoleCall[];
  readonly onPlaced: () => void;
}

export function RoleCalls({ address, calls, onPlaced }: RoleCallsProps) {
  const { t } = useTexts();
  const [wallet, setWallet] = useState<ConnectedWallet>();
  // As it was when it was opened: what the reader looks at does not change by itself.
  const [opened, setOpened] = useState<RoleCall>();
  const account = accountOf(address);
  if (account === undefined || (calls.length === 0 && opened === undefined)) return null;
  return (
    <section className="stack tight" aria-label={t('calls.title')}>
      <h2>{t('calls.title')}</h2>
      <ConnectWallet
        address={address}
        wallet={wallet}
        text={t('calls.wallet.text', { account: address })}
        other={t('calls.wallet.other', { account: address })}
        onConnected={setWallet}
      />
      <div className="row">
        {calls.map((call) => (
          <Button
            key={titleOf(call, t)}
            kind={call.isDanger === true ? 'danger' : 'plain'}
            onClick={() => setOpened(call)}
          >
            {titleOf(call, t)}
          </Button>
        ))}
      </div>
      {opened === undefined ? null : (
        <RoleCallDialog
          call={opened}
          address={address}
          account={account}
          wallet={wallet}
          onClose={() => setOpened(undefined)}
          onPlaced={() => {
            setOpened(undefined);
            onPlaced();
          }}
        />
      )}
    </section>
  );
}

interface RoleCallDialogProps {
  readonly call: RoleCall;
  readonly address: string;
  readonly account: Uint8Array;
  readonly wallet: ConnectedWallet | undefined;
  readonly onClose: () => void;
  readonly onPlaced: () => void;
}

function RoleCallDialog({ call, address, account, wallet, onClose, onPlaced }: RoleCallDialogProps) {
  const { t } = useTexts();
  const [values, setValues] = useState<CallValues>({});
  const balance = useChain(`balance/${address}`, async (client) => {
    const { free, frozen } = await getBalance(client, account);
    return free > frozen ? free - frozen : 0n;
  });
  const previewed = usePreview(call, values);
  const unsigned = t('calls.unsigned', { account: address });
  return (
    <CallDialog
      title={titleOf(call, t)}
      account={account}
      balance={balance.status === 'ready' ? balance.value : undefined}
      previewed={previewed}
      incomplete={t('calls.incomplete')}
      unsigned={previewed?.command === undefined ? unsigned : `${unsigned} ${t('calls.command')}`}
      placed={t('calls.placed')}
      signer={signerOf(wallet)}
      isDanger={call.isDanger === true}
      onClose={onClose}
      onPlaced={onPlaced}
    >
      {call.fields.map((field, index) => (
        <Field
          key={field}
          label={t(`calls.${field}`)}
          hint={t(`calls.${field}.hint`)}
          value={values[field] ?? ''}
          onChange={(value) => setValues((before) => ({ ...before, [field]: value }))}
          isRequired
          isMono={isHex(field)}
          hasFocus={index === 0}
        />
      ))}
    </CallDialog>
  );
}

const titleOf = ({ title, titleValues }: RoleCall, t: ReturnType<typeof useTexts>['t']): string =>
  t(title, titleValues);

const isHex = (field: CallField): boolean => field === 'key' || field === 'possession' || field === 'address';

function usePreview(call: RoleCall, values: CallValues): PreviewedCall | undefined {
  const texts = useTexts();
  const { t, tokens } = texts;
  const prepared = call.prepare(values);
  if (prepared === undefined) return undefined;
  const { spends, effects, command } = prepared;
  const held = spends === 0n ? [] : [{ label: t('calls.held'), value: tokens(spends) }];
  const shown = effects.map((effect) => {
    const text = dutyText(effect, texts);
    return effect.tone === 'info' ? (
      <div key={text} className="break">
        {text}
      </div>
    ) : (
      <p key={text} className={`notice ${effect.tone}`}>
        {text}
      </p>
    );
  });
  return { call: prepared.call, spends, facts: [{ label: t('calls.effect'), value: shown }, ...held], command };
}
