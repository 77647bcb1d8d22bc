// The reason why something that the reader started has failed.

export function Failed({ reason }: { readonly reason: string | undefined }) {
  if (reason === undefined) return null;
  return (
    <p className="notice bad" role="alert">
      {reason}
    </p>
  );
}
