import { boolean, byType, type Check, fail, isObject, listOf, object, oneOf, required, string } from './check.ts';

/** Composition objects: text, options, confirm dialogs, filters (slack.md 2.1, rows "text object" to "confirm dialog"). */

/** A text object holds 1 to 3,000 characters where its place does not allow less. */
const TEXT_MAX = 3000;

export function plain(max = TEXT_MAX): Check {
  const table = object({
    type: required(oneOf('plain_text')),
    text: required(string({ min: 1, max })),
    emoji: boolean,
  });
  return byType((type) => (type === 'plain_text' ? table : undefined));
}

export function mrkdwn(max = TEXT_MAX): Check {
  const table = object({ type: required(oneOf('mrkdwn')), text: required(string({ min: 1, max })), verbatim: boolean });
  return byType((type) => (type === 'mrkdwn' ? table : undefined));
}

export function text(max = TEXT_MAX): Check {
  const [asPlain, asMrkdwn] = [plain(max), mrkdwn(max)];
  return byType((type) => (type === 'plain_text' ? asPlain : type === 'mrkdwn' ? asMrkdwn : undefined));
}

/** Menus show plain text only; checkboxes and radio buttons may use mrkdwn. */
function option(label: (max: number) => Check, extra: Record<string, Check> = {}): Check {
  return object({
    text: required(label(75)),
    value: required(string({ min: 1, max: 150 })),
    description: label(75),
    ...extra,
  });
}

export const menuOption = option(plain);
export const choiceOption = option(text);
export const overflowOption = option(plain, { url: string({ max: 3000 }) });

/** 100 groups of 100 options; an answer for an external select has the same limits. */
export const optionGroup = object({ label: required(plain(75)), options: required(listOf(menuOption, { max: 100 })) });

export const confirm = object({
  title: plain(100),
  text: required(text(300)),
  confirm: plain(30),
  deny: plain(30),
  style: oneOf('primary', 'danger'),
});

export const dispatchConfig = object({
  trigger_actions_on: listOf(oneOf('on_enter_pressed', 'on_character_entered'), { max: 2 }),
});

export const conversationFilter = object(
  {
    include: listOf(oneOf('im', 'mpim', 'private', 'public'), { max: 4 }),
    exclude_external_shared_channels: boolean,
    exclude_bot_users: boolean,
  },
  (value, place) => {
    if (Object.keys(value).length === 0) fail(place, 'must define at least one property');
  },
);

const slackFile = object({ id: string({ min: 1 }), url: string({ min: 1, max: 3000 }) }, (value, place) => {
  if ((value['id'] === undefined) === (value['url'] === undefined)) fail(place, 'must define either `id` or `url`');
});

export const imageSource = { image_url: string({ min: 1, max: 3000 }), slack_file: slackFile };

export function requireImageSource(value: unknown, place: Parameters<Check>[1]): void {
  if (!isObject(value)) return;
  if ((value['image_url'] === undefined) === (value['slack_file'] === undefined)) {
    fail(place, 'must define either `image_url` or `slack_file`');
  }
}
