import { z } from 'zod';
import type { Acts } from '../../contract.ts';
import { InteractionFailed } from '../delivery.ts';
import type { Person, Target } from '../person.ts';
import { BOT_USER } from '../state/model.ts';
import type { World } from '../world.ts';
import { COMMANDS } from './scene.ts';

/** A refusal for the page: a status and a sentence. */
export class ActRefused extends Error {
  readonly status: number;
  constructor(status: number, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

const id = z.string().min(1).max(300);
const values = z.record(z.string(), z.record(z.string(), z.looseObject({})));
const container = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('message'), conversationId: id, ts: id }),
  z.object({ kind: z.literal('modal'), viewId: id }),
  z.object({ kind: z.literal('home') }),
]);

/** The bodies of the page's acts; `client` has been used to find the window. */
const BODIES = {
  say: z.object({ conversationId: id, text: z.string().min(1).max(40_000) }),
  act: z.object({
    container,
    action: z.looseObject({ type: id, block_id: id, action_id: id }),
    values: values.optional(),
  }),
  submit: z.object({ viewId: id, values }),
  close: z.object({ viewId: id, all: z.boolean() }),
  options: z.object({ container, block_id: id, action_id: id, value: z.string().max(1000) }),
  home: z.object({}),
  read: z.object({ conversationId: id }),
  invite: z.object({ conversationId: id, member: z.boolean() }),
} satisfies Record<keyof Acts, z.ZodType>;

type Body<Act extends keyof Acts> = z.infer<(typeof BODIES)[Act]>;

const HANDLERS: { [Act in keyof Acts]: (world: World, person: Person, body: Body<Act>) => Promise<unknown> | unknown } =
  {
    say: (_world, person, { conversationId, text }) => say(person, conversationId, text),
    act: (_world, person, { container, action, values = {} }) =>
      person.act(targetOf(person, container), action, values),
    submit: async (_world, person, { viewId, values }) => {
      await person.submitValues(topModal(person, viewId), values);
    },
    close: (_world, person, { viewId, all }) => {
      topModal(person, viewId);
      return person.close({ all });
    },
    options: async (_world, person, { container, value, ...which }) => ({
      options: await person.options(which, value, targetOf(person, container)),
    }),
    home: (_world, person) => person.openHome(),
    read: (world, person, { conversationId }) => world.store.markRead(person.id, conversationId),
    invite: (world, _person, { conversationId, member }) => world.store.setMember(conversationId, BOT_USER, member),
  };

export function isAct(name: string): name is keyof Acts {
  return Object.hasOwn(HANDLERS, name);
}

/** @throws ActRefused with what to tell the person. */
export async function perform<Act extends keyof Acts>(
  world: World,
  person: Person,
  act: Act,
  body: unknown,
): Promise<unknown> {
  const parsed = BODIES[act].safeParse(body);
  if (!parsed.success) throw new ActRefused(400, `The page sent something the sandbox does not understand (${act}).`);
  try {
    return (await HANDLERS[act](world, person, parsed.data as Body<Act>)) ?? {};
  } catch (error) {
    if (error instanceof InteractionFailed) throw new ActRefused(502, describeFailure(error));
    throw error instanceof ActRefused ? error : new ActRefused(409, (error as Error).message);
  }
}

function describeFailure(error: InteractionFailed): string {
  if (error.code === 'operation_timeout') return 'Countersign did not answer within three seconds (operation_timeout).';
  return `Countersign could not be asked: ${error.message}.`;
}

function say(person: Person, conversationId: string, text: string): Promise<void> | undefined {
  const command = /^\/\S*/.exec(text)?.[0];
  if (command === undefined) {
    person.say(conversationId, text);
    return undefined;
  }
  if (COMMANDS.some((known) => known.command === command)) return person.command(conversationId, text);
  throw new ActRefused(400, `${command} is not a valid command. In this sandbox there is /mtls.`);
}

function topModal(person: Person, viewId: string): Person['modals'][number] {
  const modal = person.modals.at(-1);
  if (modal?.view.id !== viewId) throw new ActRefused(409, 'This window is closed.');
  return modal;
}

function targetOf(person: Person, container: z.infer<typeof BODIES.act>['container']): Target {
  if (container.kind === 'home') return 'home';
  if (container.kind === 'modal') return topModal(person, container.viewId).view;
  const { conversationId, ts } = container;
  const message = [...person.messages(conversationId), ...person.ephemerals(conversationId)].find(
    (candidate) => candidate.ts === ts,
  );
  if (!message) throw new ActRefused(409, 'This message is gone.');
  return message;
}
