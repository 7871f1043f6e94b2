import type { RespondArguments } from '@slack/bolt';
import type { ModalView, Option } from '@slack/types';
import type { WebClient } from '@slack/web-api';
import type { SlackMessage } from '../core/slack/blocks.ts';
import type { BotDeps } from './deps.ts';
import type { Person } from './middleware/person.ts';
import type { UploadedFile } from './uploaded-file.ts';
import type { Under } from './views/under.ts';

/** One thing a person did in Slack, whichever way, and how to answer it. */
export type Turn = {
  person: Person;
  client: WebClient;
  /** Opens one modal, within three seconds. */
  triggerId: string;
  /** Acknowledges with nothing to say; does nothing when that has been done. */
  done(): Promise<void>;
  /** Acknowledges, and says something that only this person sees. */
  tell(message: SlackMessage): Promise<void>;
};

export type CommandTurn = Turn & { text: string };

export type ActionTurn = Turn & {
  /** The button's value, or that of the option that was chosen. */
  value: string;
  /** The message the click came from; undefined in a modal or the Home. */
  message: { channel: string; ts: string; responseUrl: string } | undefined;
  /** The view the click came from. */
  view: SubmittedView | undefined;
  /** Answers through the message's response_url, which allows five answers. Fails when Slack refuses. */
  respond(message: RespondArguments): Promise<void>;
};

/** A view as it comes back, with what was filled in: `values[block_id][action_id]`. */
export type SubmittedView = {
  id: string;
  /** The lowest of the stack that this view lies on; its own id where it lies on none. */
  rootId: string;
  callbackId: string;
  type: string;
  hash: string;
  /** The view's own. */
  privateMetadata: string;
  /** Views below it that show certificates, lowest first. */
  under: Under;
  values: Readonly<Record<string, Readonly<Record<string, FieldValue>>>>;
};

export type FieldValue = {
  value?: string | null;
  selected_option?: { text: { text: string }; value: string } | null;
  selected_options?: { value: string }[] | null;
  /** `YYYY-MM-DD` */
  selected_date?: string | null;
  selected_user?: string | null;
  selected_users?: string[] | null;
  files?: UploadedFile[] | null;
  selected_conversation?: string | null;
};

export type Submission = { person: Person; client: WebClient; view: SubmittedView };

/** What a submitted modal does next. */
export type SubmissionAnswer =
  | { response_action: 'errors'; errors: Record<string, string> }
  | { response_action: 'update'; view: ModalView }
  | { response_action: 'clear' };

export type CommandHandler = (deps: BotDeps, turn: CommandTurn) => Promise<void>;
export type TurnHandler = (deps: BotDeps, turn: Turn) => Promise<void>;
export type ActionHandler = (deps: BotDeps, turn: ActionTurn) => Promise<void>;
export type SubmissionHandler = (deps: BotDeps, submission: Submission) => Promise<SubmissionAnswer>;
/** `blockId`: of the field in which something is typed. */
type SuggestionQuery = { person: Person; typed: string; blockId: string };
export type OptionsHandler = (deps: BotDeps, query: SuggestionQuery) => Promise<Option[]>;
