/** Whether a certificate with these names may serve `name`. A wildcard stands for exactly one label, never the apex. */
export function covers(certificateNames: readonly string[], name: string): boolean {
  if (certificateNames.includes(name)) return true;
  const dot = name.indexOf('.');
  return !name.startsWith('*.') && dot > 0 && certificateNames.includes(`*${name.slice(dot)}`);
}
