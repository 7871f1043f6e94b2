import { CountersignError } from '../../errors.ts';
import { checkCommonName, MAX_NAME_CHARACTERS } from '../profile.ts';
import type { UploadedCertificate } from './uploaded.ts';

/**
 * What a custom CA is called here: what was typed, or its own common name, or as much of its subject as a name holds.
 * @throws CountersignError `name_refused` for a typed name that cannot be one.
 */
export function nameForUploaded(typed: string, { commonName, subject }: UploadedCertificate): string {
  if (typed.trim() !== '') return checkCommonName(typed);
  const own = [...(commonName?.trim() || subject)].slice(0, MAX_NAME_CHARACTERS).join('');
  try {
    return checkCommonName(own);
  } catch (error) {
    if (!(error instanceof CountersignError)) throw error;
    throw new CountersignError('name_refused', {
      userMessage: 'The common name of this certificate cannot be used as its name here. Give it another one.',
    });
  }
}
