// The reader's MFA devices. The seed of a new one is shown once; two codes in a row prove that the app has it.
import { useState } from 'react';
import { iam, iamList, type MfaDevice } from '../../api/admin.js';
import { Button } from '../../components/button.js';
import { useSession, useTexts } from '../../components/context.js';
import { FormDialog } from '../../components/dialog.js';
import { Failed } from '../../components/failed.js';
import { Field } from '../../components/field.js';
import { Content } from '../../components/states.js';
import { useAction } from '../../components/use-action.js';
import { useLoad } from '../../components/use-load.js';

interface NewDevice {
  readonly SerialNumber: string;
  /** Base64 of the text in Base32. */
  readonly Base32StringSeed: string;
}

export function MfaDevices() {
  const { t, date } = useTexts();
  const { userName } = useSession();
  const devices = useLoad('devices', () => iamList<MfaDevice>('ListMFADevices', 'MFADevices'));
  const [made, setMade] = useState<NewDevice>();
  const action = useAction();
  const begin = () =>
    action.run(async () => {
      const VirtualMFADeviceName = `${userName ?? 'root'}-${Date.now().toString(36)}`;
      const answer = await iam<{ readonly VirtualMFADevice: NewDevice }>('CreateVirtualMFADevice', {
        VirtualMFADeviceName,
      });
      setMade(answer.VirtualMFADevice);
    });
  const remove = (SerialNumber: string) =>
    action.run(async () => {
      await iam('DeactivateMFADevice', { SerialNumber, ...(userName === null ? {} : { UserName: userName }) });
      await iam('DeleteVirtualMFADevice', { SerialNumber });
      devices.reload();
    });
  const close = () => {
    setMade(undefined);
    devices.reload();
  };
  return (
    <section className="stack" aria-label={t('mfa.title')}>
      <div className="row between">
        <h2>{t('mfa.title')}</h2>
        <Button icon="plus" disabled={action.state.isBusy} onClick={begin}>
          {t('mfa.add')}
        </Button>
      </div>
      <Failed reason={action.state.failure} />
      <Content of={devices}>
        {(list) =>
          list.length === 0 ? (
            <p className="soft">{t('mfa.none')}</p>
          ) : (
            <ul className="rows">
              {list.map(({ SerialNumber: serial, EnableDate: enabled }) => (
                <li key={serial} className="row between">
                  <div>
                    <span className="mono break">{serial}</span>
                    <div className="faint">{t('mfa.since', { date: date(enabled) })}</div>
                  </div>
                  <Button kind="danger" onClick={() => remove(serial)}>
                    {t('action.remove')}
                  </Button>
                </li>
              ))}
            </ul>
          )
        }
      </Content>
      {made === undefined ? null : <EnableDevice device={made} onClose={close} />}
    </section>
  );
}

function EnableDevice({ device, onClose }: { readonly device: NewDevice; readonly onClose: () => void }) {
  const { t } = useTexts();
  const { userName } = useSession();
  const [first, setFirst] = useState('');
  const [second, setSecond] = useState('');
  const action = useAction();
  const { SerialNumber } = device;
  const enable = () =>
    action.run(async () => {
      const codes = { AuthenticationCode1: first, AuthenticationCode2: second };
      await iam('EnableMFADevice', { SerialNumber, ...codes, ...(userName === null ? {} : { UserName: userName }) });
      onClose();
    });
  return (
    <FormDialog title={t('mfa.add')} submit={t('mfa.enable')} {...action.state} onClose={onClose} onSubmit={enable}>
      <p>{t('mfa.text')}</p>
      <p className="mono break">{atob(device.Base32StringSeed)}</p>
      <Field
        label={t('mfa.first')}
        value={first}
        onChange={setFirst}
        isRequired
        hasFocus
        inputMode="numeric"
        pattern="[0-9]{6}"
      />
      <Field
        label={t('mfa.second')}
        value={second}
        onChange={setSecond}
        isRequired
        inputMode="numeric"
        pattern="[0-9]{6}"
      />
    </FormDialog>
  );
}
