import { CountersignError } from '../../core/errors.ts';

/** Who did something in Slack, and the account they did it in. */
export type Person = { accountId: string; userId: string; userName: string };

type Home = { id?: string | undefined };

/** What the payloads of every kind say about a person, as far as it is read. */
type Payload = {
  is_enterprise_install?: boolean | string;
  team_id?: string;
  enterprise_id?: string;
  user_id?: string;
  user_name?: string;
  team?: Home | null;
  enterprise?: Home | null;
  user?: { id?: string; team_id?: string; username?: string; name?: string };
  view?: { app_installed_team_id?: string };
  authorizations?: { team_id?: string | null; enterprise_id?: string | null; is_enterprise_install?: boolean }[];
  event?: { user?: unknown };
};

/**
 * The person behind a payload. The account is the organisation where the app is installed for all of it, else the
 * workspace where the app is installed.
 * @throws CountersignError `not_authorized` for people of other companies in shared channels; `invalid_input` when the
 *   payload names no person.
 */
export function readPerson(body: object): Person {
  const payload = body as Payload;
  const installation = payload.authorizations?.[0];
  const organisation = payload.enterprise?.id ?? payload.enterprise_id ?? installation?.enterprise_id ?? undefined;
  const workspace =
    payload.view?.app_installed_team_id ?? payload.team?.id ?? installation?.team_id ?? payload.team_id ?? undefined;
  const wholeOrganisation = String(payload.is_enterprise_install ?? installation?.is_enterprise_install) === 'true';
  const accountId = wholeOrganisation ? organisation : workspace;
  const userId = payload.user?.id ?? payload.user_id ?? textOf(payload.event?.user);
  if (!accountId || !userId) {
    throw new CountersignError('invalid_input', { userMessage: 'Slack did not say who asked for this, or where.' });
  }
  const home = payload.user?.team_id;
  // Within an organisation the payload cannot tell; the worker asks Slack about everybody before anything is done.
  if (home !== undefined && !wholeOrganisation && home !== accountId && home !== organisation) {
    throw new CountersignError('not_authorized', {
      userMessage: 'Countersign belongs to another workspace, and only its members can use it.',
    });
  }
  return { accountId, userId, userName: payload.user_name ?? payload.user?.username ?? payload.user?.name ?? '' };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
