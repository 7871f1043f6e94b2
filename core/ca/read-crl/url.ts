import { refuseCrl } from './refusal.ts';

const MOST_CHARACTERS = 1_000;

/**
 * The address of a CRL as it is kept and asked for: http or https, without credentials, which would be stored and shown
 * in the clear, and without a fragment. Where its name leads to is for whoever connects to check.
 * @throws CountersignError `crl_refused`.
 */
export function parseCrlUrl(text: string): URL {
  const trimmed = text.trim();
  const url = URL.canParse(trimmed) ? new URL(trimmed) : undefined;
  if (!url || trimmed.length > MOST_CHARACTERS) {
    refuseCrl('url', 'This is not an address. One looks like http://pki.example.com/root.crl');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    refuseCrl(
      'url_scheme',
      'The address must begin with http:// or https://. Other ways, such as ldap, are not taken.',
    );
  }
  if (url.username !== '' || url.password !== '') {
    refuseCrl('url_credentials', 'The address contains a user name or a password. A CRL is public: leave them out.');
  }
  url.hash = '';
  return url;
}
