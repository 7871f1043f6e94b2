import { z } from 'zod';
import { BINDING_VERBS, type BindingVerb, HOSTNAMES_AT_ONCE, MANAGED } from '../../../core/bindings/verbs.ts';
import type { SubmittedView } from '../../turn.ts';

/** The names that tie the fields of "Domain Name Information" to what reads them. */
export const BIND_VIEW = 'bind';
export const BIND_PREVIEW = 'bind_preview';
export const BIND_BLOCKS = {
  site: 'site',
  verb: 'verb',
  hostnames: 'hostnames',
  confirmed: 'confirmed',
  because: 'because',
} as const;
export const BIND_ACTIONS = {
  site: 'bind_site',
  authority: 'bind_authority',
  verb: 'bind_verb',
  hostnames: 'bind_hostnames',
  confirmed: 'bind_confirmed',
  because: 'bind_because',
  /** From the preview back to the form, as it was filled in. */
  back: 'bind_back',
} as const;

/** One name for each site: Slack keeps what a field of the same name held, and another site has other authorities. */
export const authorityBlock = (siteId: string) => `authority:${siteId}`;

/** What is filled in, as typed: nothing here has been checked. */
export type BindForm = {
  siteId: string;
  authorityId: string;
  verb: BindingVerb;
  hostnames: string;
};

/** The value of a box that is ticked. */
export const TICKED = 'yes';

export function readBindForm(view: SubmittedView): BindForm {
  const field = (name: 'site' | 'verb' | 'hostnames') => view.values[BIND_BLOCKS[name]]?.[BIND_ACTIONS[name]];
  const siteId = field('site')?.selected_option?.value ?? '';
  // The authorities of another site are not those of the site that has just been chosen.
  const authority = view.values[authorityBlock(siteId)]?.[BIND_ACTIONS.authority];
  const verb = field('verb')?.selected_option?.value;
  return {
    siteId,
    authorityId: authority?.selected_option?.value ?? MANAGED,
    verb: BINDING_VERBS.find((one) => one === verb) ?? 'add',
    hostnames: field('hostnames')?.value ?? '',
  };
}

/** Whether the form shows the authorities of the site that is chosen in it. Two quick changes may have crossed. */
export function showsItsAuthorities(view: SubmittedView, { siteId }: BindForm): boolean {
  return view.values[authorityBlock(siteId)] !== undefined;
}

/** What the preview was made of. It decides nothing: whoever confirms it has it decided again. */
export type PreviewState = {
  siteId: string;
  authorityId: string;
  verb: BindingVerb;
  hostnames: string[];
  /** Of what the preview showed; see `digestOf`. */
  seen: string;
};

const stateSchema = z.strictObject({
  siteId: z.string().max(64),
  authorityId: z.string().max(64),
  verb: z.enum(BINDING_VERBS),
  /** Without the site's name at their ends, so that fifty of them fit. */
  names: z.array(z.string().max(253)).max(HOSTNAMES_AT_ONCE),
  site: z.string().max(253),
  seen: z.string().max(64),
});

/** Slack: `private_metadata`. */
const METADATA_LIMIT = 3_000;

/** @returns undefined when it is more than a view can hold. */
export function previewMetadata(state: PreviewState, siteName: string): string | undefined {
  const { hostnames, ...rest } = state;
  const names = hostnames.map((name) => name.slice(0, name.length - siteName.length));
  const metadata = JSON.stringify({ ...rest, names, site: siteName });
  return metadata.length > METADATA_LIMIT ? undefined : metadata;
}

/** @returns undefined when it is none of ours. */
export function readPreviewState(metadata: string): PreviewState | undefined {
  try {
    const { names, site, ...rest } = stateSchema.parse(JSON.parse(metadata));
    return { ...rest, hostnames: names.map((name) => `${name}${site}`) };
  } catch {
    return undefined;
  }
}
