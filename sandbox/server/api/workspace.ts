import { type Problem, validateBlocks, validateMessage, validateView } from '../../blockkit/validate.ts';
import { APP_ID, BOT_ID, BOT_USER } from '../state/model.ts';
import { type Answer, ApiError, type Call } from './call.ts';

function authTest(call: Call): Answer {
  const { team } = call.world.store.workspace;
  return {
    url: `https://${team.domain}.slack.com/`,
    team: team.name,
    user: 'countersign',
    team_id: team.id,
    user_id: BOT_USER,
    bot_id: BOT_ID,
    is_enterprise_install: false,
  };
}

function apiTest(call: Call): Answer {
  const error = call.text('error');
  if (error !== undefined) throw new ApiError(error);
  return { args: {} };
}

function teamInfo(call: Call): Answer {
  const { team } = call.world.store.workspace;
  return { team: { id: team.id, name: team.name, domain: team.domain, url: `https://${team.domain}.slack.com/` } };
}

function botsInfo(call: Call): Answer {
  if (call.get('bot') !== undefined && call.get('bot') !== BOT_ID) throw new ApiError('bot_not_found');
  return { bot: { id: BOT_ID, app_id: APP_ID, user_id: BOT_USER, name: 'countersign', deleted: false } };
}

/** Exactly one of `blocks`, `message` and `view`; needs no token. */
function blocksValidate(call: Call): Answer {
  const given = ['blocks', 'message', 'view'].filter((name) => call.get(name) !== undefined);
  const [name] = given;
  if (!name || given.length > 1) throw new ApiError('invalid_arguments');
  const value = call.json(name, 'invalid_blocks_format');
  const problems = checks[name as keyof typeof checks](value);
  if (problems.length === 0) return {};
  const errors = problems.map(({ message, pointer, error }) => ({ pointer, message, code: error ?? 'invalid_blocks' }));
  throw new ApiError('invalid_blocks', { errors });
}

const checks = {
  blocks: (value: unknown): Problem[] => validateBlocks(value, 'message'),
  message: (value: unknown): Problem[] => validateMessage((value ?? {}) as object),
  view: validateView,
};

export const workspaceMethods = {
  'auth.test': authTest,
  'api.test': apiTest,
  'team.info': teamInfo,
  'bots.info': botsInfo,
  'blocks.validate': blocksValidate,
};
