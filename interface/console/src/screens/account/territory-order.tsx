// An order for space: what it costs at the price of now and the fee, before the wallet of the owner signs it; without a wallet the
// command for a terminal.
import { estimateFee, type Signer } from '@cess/sdk/chain';
import type { Territory } from '@cess/sdk/territory';
import { useState } from 'react';
import { connectChain } from '../../api/chain.js';
import {
  callOf,
  commandOf,
  type LeasedSpace,
  type LeaseOrder,
  placeOrder,
  quoteOf,
  timeOfBlock,
} from '../../api/territory.js';
import { useTexts, useToast } from '../../components/context.js';
import { FormDialog } from '../../components/dialog.js';
import { Field } from '../../components/field.js';
import { useAction } from '../../components/use-action.js';
import { useLoad } from '../../components/use-load.js';

export type OrderKind = LeaseOrder['kind'];

interface TerritoryOrderProps {
  readonly kind: OrderKind;
  /** Absent for a new one. */
  readonly territory?: Territory;
  readonly account: Uint8Array;
  readonly space: LeasedSpace;
  readonly signer: Signer | undefined;
  readonly onClose: () => void;
  readonly onPlaced: () => void;
}

/** Days of a lease that the chain takes. */
const leastDays = 30;
const mostDays = 3650;
const mostGib = 2 ** 32 - 1;

export function TerritoryOrder({ kind, territory, account, space, signer, onClose, onPlaced }: TerritoryOrderProps) {
  const { t } = useTexts();
  const toast = useToast();
  const [name, setName] = useState('');
  const [gib, setGib] = useState('10');
  const [days, setDays] = useState('30');
  const action = useAction();
  const order = orderOf(kind, territory, { name, gib, days });
  const title = territory === undefined ? t('territory.buy') : t(`territory.${kind}`, { name: territory.name });
  const place = () => {
    if (order === undefined || signer === undefined) return;
    action.run(async () => {
      await placeOrder(await connectChain(), signer, order);
      toast(t('territory.placed'));
      onPlaced();
    });
  };
  return (
    <FormDialog
      title={title}
      submit={signer === undefined ? undefined : t('territory.sign')}
      {...action.state}
      isBusy={action.state.isBusy || order === undefined}
      onClose={onClose}
      onSubmit={place}
    >
      {kind === 'buy' ? (
        <Field
          label={t('territory.name')}
          hint={t('territory.name.hint')}
          value={name}
          onChange={setName}
          isRequired
          hasFocus
        />
      ) : null}
      {kind === 'renew' ? null : (
        <Field
          label={t('territory.gib')}
          value={gib}
          onChange={setGib}
          inputMode="numeric"
          isRequired
          hasFocus={kind === 'expand'}
        />
      )}
      {kind === 'expand' ? null : (
        <Field
          label={t('territory.days')}
          hint={t(kind === 'buy' ? 'territory.days.buy' : 'territory.days.renew')}
          value={days}
          onChange={setDays}
          inputMode="numeric"
          isRequired
          hasFocus={kind === 'renew'}
        />
      )}
      <div role="status" className="stack tight">
        {order === undefined ? (
          <p className="soft">{t('territory.incomplete')}</p>
        ) : (
          <Preview order={order} account={account} space={space} />
        )}
        {action.state.isBusy ? <p className="soft">{t('territory.waiting')}</p> : null}
      </div>
      {order === undefined || signer !== undefined ? null : (
        <div className="stack tight">
          <p className="soft">{t('territory.command')}</p>
          <code className="value">{commandOf(order)}</code>
        </div>
      )}
    </FormDialog>
  );
}

interface PreviewProps {
  readonly order: LeaseOrder;
  readonly account: Uint8Array;
  readonly space: LeasedSpace;
}

function Preview({ order, account, space }: PreviewProps) {
  const { t, tokens, number, date } = useTexts();
  const { gib, days, price, deadline } = quoteOf(order, space);
  // The fee depends on the length of the call alone.
  const fee = useLoad(`fee ${commandOf(order).length}`, async () =>
    estimateFee(await connectChain(), account, callOf(order)),
  );
  const known = fee.status === 'ready' ? fee.value : undefined;
  const values = { gib: number(gib), days: number(days), unit: tokens(space.unitPrice) };
  return (
    <>
      <dl className="facts">
        <dt>{t('territory.price')}</dt>
        <dd>
          <strong>{tokens(price)}</strong>
          <div className="faint">{t('territory.price.of', values)}</div>
        </dd>
        <dt>{t('territory.fee')}</dt>
        <dd>{fee.status === 'failed' ? t('territory.fee.unknown') : known === undefined ? '…' : tokens(known)}</dd>
        <dt>{t('territory.ends')}</dt>
        <dd>{t('territory.ends.value', { date: date(timeOfBlock(deadline, space)), block: number(deadline) })}</dd>
      </dl>
      {price + (known ?? 0n) > space.balance ? (
        <p className="notice bad">{t('territory.poor', { balance: tokens(space.balance) })}</p>
      ) : null}
    </>
  );
}

/** Undefined while the fields do not say an order that the chain takes. */
function orderOf(
  kind: OrderKind,
  territory: Territory | undefined,
  fields: { readonly name: string; readonly gib: string; readonly days: string },
): LeaseOrder | undefined {
  const gib = wholeNumber(fields.gib, 1, mostGib);
  const days = wholeNumber(fields.days, kind === 'buy' ? leastDays : 1, mostDays);
  if (kind === 'expand') return territory === undefined || gib === undefined ? undefined : { kind, territory, gib };
  if (kind === 'renew') return territory === undefined || days === undefined ? undefined : { kind, territory, days };
  const { length } = new TextEncoder().encode(fields.name);
  return length < 3 || length > 63 || gib === undefined || days === undefined
    ? undefined
    : { kind, name: fields.name, gib, days };
}

function wholeNumber(text: string, least: number, most: number): number | undefined {
  const value = /^\d{1,10}$/.test(text.trim()) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : undefined;
}
