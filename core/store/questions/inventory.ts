import type { Certificate } from '../rows.ts';

/** A certificate as lists show it: without its octets. */
export type ListedCertificate = Omit<Certificate, 'tbs' | 'certificate'>;

/** A place in an order: a time (or the number of a name), and the id that tells equals apart. */
export type Position = readonly [order: number, id: string];

/**
 * One index. The first four run from the newest certificate (`createdAt`, `id`) to the oldest; `ending` by (`notAfter`,
 * `id`) upwards or downwards; `name` from the last to be recorded to the first. The others find a few and have no order.
 */
export type Walk =
  | { along: 'account' }
  | { along: 'owner'; ownerId: string }
  | { along: 'site'; siteId: string }
  | { along: 'state'; state: 'active' | 'held' | 'revoked' }
  /** Active ones alone, with an end in [`from`, `before`); of one owner where that is given. */
  | { along: 'ending'; ownerId?: string | undefined; from: Date; before: Date; upwards: boolean }
  /** Names that contain these three characters, of every account. */
  | { along: 'name'; trigram: string }
  | { along: 'serial'; serial: string }
  | { along: 'fingerprint'; fingerprint: string }
  | { along: 'ids'; ids: readonly string[] };

/** What a certificate must be like; `undefined` does not restrict. What was never issued never fits. */
export type Restriction = {
  ownerId?: string | undefined;
  siteId?: string | undefined;
  serial?: string | undefined;
  fingerprint?: string | undefined;
  ids?: readonly string[] | undefined;
  states: readonly ('active' | 'held' | 'revoked')[];
  /** A part of the name, folded (core/store/fold.ts). */
  name?: string | undefined;
  createdBefore?: Date | undefined;
  /** The end lies in [`endsFrom`, `endsBefore`). */
  endsFrom?: Date | undefined;
  endsBefore?: Date | undefined;
};

/** A certificate that fits, and its place in the walk. */
export type Found = Pick<Certificate, 'id' | 'ownerId' | 'createdAt' | 'notAfter' | 'version'> & { at: Position };

/** The inventory. Each question walks one index, sorts nothing, and looks at no more than it is told. */
export type InventoryQuestions = {
  /**
   * How far `entries` entries of a walk reach, beginning after `from`: the place of the last of them, and when its
   * certificate was made; undefined when the walk ends before.
   */
  inventoryReach(
    accountId: string,
    walk: Walk,
    from: Position | undefined,
    entries: number,
  ): Promise<{ at: Position; createdAt: Date } | undefined>;
  /** What fits between two places of a walk: after `from`, up to and including `upTo`. */
  inventoryWalk(
    accountId: string,
    walk: Walk,
    stretch: { from: Position | undefined; upTo: Position | undefined; limit: number },
    restriction: Restriction,
  ): Promise<Found[]>;
  /** These certificates as they are now, in the order of the ids; unknown ones and those of other accounts are left out. */
  listedCertificates(accountId: string, ids: readonly string[]): Promise<ListedCertificate[]>;
};
