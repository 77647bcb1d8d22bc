// A choice of the storage classes that the gateway offers for new content.
import { useSession } from '../../components/context.js';

interface ClassSelectProps {
  readonly label: string;
  /** Empty: the first option. */
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Text of the option that chooses none. */
  readonly none?: string;
}

export function ClassSelect({ label, value, onChange, none }: ClassSelectProps) {
  const { storageClasses } = useSession().gateway;
  // An object or a bucket may have a class that is no longer offered.
  const classes = value === '' || storageClasses.includes(value) ? storageClasses : [value, ...storageClasses];
  return (
    <label className="field">
      <span>{label}</span>
      <select className="input" value={value} onChange={(event) => onChange(event.target.value)}>
        {none === undefined ? null : <option value="">{none}</option>}
        {classes.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
