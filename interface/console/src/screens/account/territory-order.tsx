// An order for space: what it costs at the price of now and the fee, before the wallet of the owner signs it; without a wallet the
// command for a terminal.
import type { Signer } from '@cess/sdk/chain';
import type { Territory } from '@cess/sdk/territory';
import { useState } from 'react';
import { callOf, commandOf, type LeasedSpace, type LeaseOrder, quoteOf, timeOfBlock } from '../../api/territory.js';
import { useTexts } from '../../components/context.js';
import { Field } from '../../components/field.js';
import { CallDialog, type PreviewedCall } from '../calls/call-dialog.js';

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
  const [name, setName] = useState('');
  const [gib, setGib] = useState('10');
  const [days, setDays] = useState('30');
  const order = orderOf(kind, territory, { name, gib, days });
  return (
    <CallDialog
      title={territory === undefined ? t('territory.buy') : t(`territory.${kind}`, { name: territory.name })}
      account={account}
      balance={space.balance}
      previewed={usePreview(order, space)}
      incomplete={t('territory.incomplete')}
      unsigned={t('territory.command')}
      placed={t('territory.placed')}
      signer={signer}
      onClose={onClose}
      onPlaced={onPlaced}
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
    </CallDialog>
  );
}

function usePreview(order: LeaseOrder | undefined, space: LeasedSpace): PreviewedCall | undefined {
  const { t, tokens, number, date } = useTexts();
  if (order === undefined) return undefined;
  const { gib, days, price, deadline } = quoteOf(order, space);
  const values = { gib: number(gib), days: number(days), unit: tokens(space.unitPrice) };
  const shownPrice = (
    <>
      <strong>{tokens(price)}</strong>
      <div className="faint">{t('territory.price.of', values)}</div>
    </>
  );
  const end = { date: date(timeOfBlock(deadline, space)), block: number(deadline) };
  return {
    call: callOf(order),
    spends: price,
    facts: [{ label: t('territory.price'), value: shownPrice }],
    results: [{ label: t('territory.ends'), value: t('territory.ends.value', end) }],
    command: commandOf(order),
  };
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
