import type { Edge, EdgeAck, EdgeState } from '../rows.ts';

/** An acknowledgement with its place in the order of their arrival. */
export type PlacedAck = Pick<EdgeAck, 'accountId' | 'edgeId' | 'epoch' | 'snapshot'> & { place: number };

/** What edges saw for one hostname. */
export type HostUse = { hostname: string; verified: number; unverified: number; blocked: number };

/** Edges, what they say of themselves, and what they have seen. */
export type EdgeQuestions = {
  edge(id: string): Promise<Edge | undefined>;
  /** All but removed ones, by name. */
  edges(accountId: string): Promise<Edge[]>;
  edgeByName(accountId: string, name: string): Promise<Edge | undefined>;
  edgeOfRequest(requestId: string): Promise<Edge | undefined>;
  /** What decides whether their streams may go on; at most 500 ids. */
  edgeCredentials(ids: readonly string[]): Promise<Pick<Edge, 'id' | 'state' | 'credentialHash'>[]>;
  /** The account of an installation that has exactly one. */
  onlyAccount(): Promise<string | undefined>;
  /** Accounts that have an edge, removed ones aside. */
  accountsWithEdges(): Promise<string[]>;
  edgeStates(accountId: string): Promise<EdgeState[]>;
  /** Edges that have proved that they know a version which this database does not. */
  edgeProofs(limit: number): Promise<EdgeState[]>;
  /** Acknowledgements after this place, in order. */
  edgeAcksAfter(place: number, limit: number): Promise<PlacedAck[]>;
  /** The place before the first acknowledgement since then. */
  edgeAckPlace(since: Date): Promise<number>;
  /** When each edge first acknowledged this version or a later one, so far as it is kept; by edge id. */
  firstAcks(accountId: string, epoch: number, snapshot: number): Promise<{ edgeId: string; receivedAt: Date }[]>;
  /** The version that the edge had acknowledged before this one; undefined when none is kept. */
  ackBefore(edgeId: string, epoch: number, snapshot: number): Promise<{ epoch: number; snapshot: number } | undefined>;
  /** What edges saw for each of these hostnames in the hours that began after `since`; at most 500. Those never seen are left out. */
  hostUses(accountId: string, hostnames: readonly string[], since: Date): Promise<HostUse[]>;
  /** Every hostname that edges saw at or below this domain in the hours that began after `since`, the busiest first. */
  hostUsesBelow(accountId: string, domain: string, since: Date, limit: number): Promise<HostUse[]>;
};
