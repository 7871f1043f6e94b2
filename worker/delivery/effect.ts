import type { Certificate, Request } from '../../core/store/rows.ts';
import type { DrawDeps } from './draw.ts';

/** How far the world knows of what a request has changed about a certificate, as sentences; empty where it is nothing. */
export async function effectText(
  _deps: DrawDeps,
  _request: Request,
  _certificate: Certificate | undefined,
): Promise<string> {
  return '';
}
