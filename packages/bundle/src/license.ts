import { GuidanceError } from '@sega/guidance';
import type { License } from './manifest.js';

/** Refuses a licence that needs acceptance and has none. @throws LICENSE_NOT_ACCEPTED @internal */
export function checkLicense(license: License, accepted: string | undefined, bundle: string): void {
  if (!license.acceptRequired || accepted === license.id) return;
  const attempt = accepted === undefined ? '' : ` '${accepted}' is not its id.`;
  throw new GuidanceError(
    'LICENSE_NOT_ACCEPTED',
    `${bundle} is under ${license.name} (${license.id}), which must be accepted before it loads.${attempt} ` +
      `Read it${license.url ? ` at ${license.url}` : ''}, then pass acceptLicense: '${license.id}' ` +
      `(command line: --accept-license ${license.id}).`,
    { bundle, license, accepted },
  );
}
