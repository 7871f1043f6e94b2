import type { ExportReport } from './verify-export.ts';

/** The report of a checked export, a sentence a line. What it says of an intact one is exactly what was shown. */
export function reportLines(report: ExportReport): string[] {
  const { header, last, hash, signed, anchored, anchors, faults } = report;
  const { account, first } = header;
  const lines = faults.map(({ kind, text }) => `BROKEN (${kind}): ${text}`);
  if (last < first) return [...lines, `Not one event of account ${account} was found intact.`];
  const span = first === last ? `event ${last}` : `events ${first} to ${last}`;
  lines.push(
    `${faults.length === 0 ? 'INTACT: ' : 'Intact in themselves: '}${span} of account ${account}, head ${hash}.`,
  );
  if (first > 1) {
    lines.push(`The export begins with event ${first}: of what was before it, it holds only the hash.`);
  }
  const range = [header.from && `from ${header.from}`, header.to && `to ${header.to}`].filter(Boolean).join(' ');
  if (range !== '') lines.push(`It was asked for ${range} (UTC): what came later is not in it.`);
  if (faults.length > 0) return lines;

  const covered = Math.max(signed, anchored);
  lines.push(
    signed >= first
      ? `Checkpoints in the file are signed with your key up to event ${signed}.`
      : 'No checkpoint in the file signs any of it.',
  );
  if (anchors === 0) {
    lines.push(
      'No anchor was given: whoever holds the database and the audit key could have written all of this anew. Copy a checkpoint out of the audit channel and give it with --anchor.',
    );
  } else {
    lines.push(`${anchors === 1 ? '1 anchor agrees' : `${anchors} anchors agree`}, up to event ${anchored}.`);
  }
  if (anchors > 0 && anchored < covered) {
    lines.push(
      `${rest(Math.max(anchored + 1, first), covered)} on the audit key alone: no anchor you gave covers that.`,
    );
  }
  if (covered < last) {
    lines.push(
      `${last === covered + 1 ? `Event ${last} is` : `Events ${Math.max(covered + 1, first)} to ${last} are`} not anchored yet.`,
    );
  }
  return lines;
}

const rest = (from: number, to: number) => (from >= to ? `Event ${to} rests` : `Events ${from} to ${to} rest`);
