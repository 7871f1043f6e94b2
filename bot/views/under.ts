import type { ModalView } from '@slack/types';
import { z } from 'zod';

/**
 * The views that lie under a modal and show certificates, API keys or a CA: they are drawn again when something was
 * done on top of them.
 * Slack tells a submitted view nothing about those below it but their ids, so what is needed to draw them travels in
 * the metadata of whatever is pushed on top, behind that view's own.
 */
export const UNDER_KINDS = ['list', 'certificate', 'key_list', 'custom_ca'] as const;

const underSchema = z
  .array(
    z.strictObject({
      viewId: z.string().max(64),
      kind: z.enum(UNDER_KINDS),
      /** The view's own metadata. */
      state: z.string().max(3000),
    }),
  )
  .max(2);
export type Under = z.infer<typeof underSchema>;

/** Slack: `private_metadata`. */
const METADATA_LIMIT = 3000;
/** Stands in nobody's own metadata: the record separator of ASCII. */
const SEPARATOR = '\u001e';

/** The view with what lies under it. Where that does not fit it is left out: then nothing is drawn again. */
export function withUnder(view: ModalView, under: Under): ModalView {
  if (under.length === 0) return view;
  const metadata = `${view.private_metadata ?? ''}${SEPARATOR}${JSON.stringify(under)}`;
  return metadata.length > METADATA_LIMIT ? view : { ...view, private_metadata: metadata };
}

/** A view's own metadata, and what lies under it; what was made up is nothing. */
export function splitMetadata(metadata: string): { own: string; under: Under } {
  const at = metadata.indexOf(SEPARATOR);
  if (at < 0) return { own: metadata, under: [] };
  return { own: metadata.slice(0, at), under: readUnder(metadata.slice(at + 1)) };
}

function readUnder(text: string): Under {
  try {
    const parsed = underSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : [];
  } catch {
    return [];
  }
}
