import type { Clock } from '../../core/clock.ts';
import type { Connection } from './connection.ts';
import type { Enforcement } from './enforcement.ts';

/**
 * Connections whose certificate counted when it was last looked at. All are looked at again when something changes, and
 * twice a second for those whose time has come: a WebSocket asks nothing by itself for hours.
 */
export type LiveConnections = {
  add(connection: Connection): void;
  remove(connection: Connection): void;
  /** Ends what a certificate that counts no more has under way. */
  recheck(): void;
  stop(): void;
};

/** Half of the second within which a revocation has to have ended everything. */
const RECHECK_MS = 500;

export function watchLive(options: { enforcement: () => Enforcement; clock: Clock }): LiveConnections {
  const connections = new Set<Connection>();
  const recheck = () => {
    if (connections.size === 0) return;
    const now = options.clock.now();
    for (const connection of connections) {
      const { presented, hostname, live } = connection;
      const verification = presented && options.enforcement().verify(presented, hostname, now);
      if (!connection.counted || verification?.verified) continue;
      connection.counted = false;
      connections.delete(connection);
      for (const exchange of [...live]) if (exchange.verified) exchange.end(verification?.reason);
      // At the end of its time a connection ends as a whole. After a revocation an idle one stays: its next request is
      // answered by the rules, which tells the client more than a reset would.
      if (verification?.reason !== 'expired') continue;
      if (connection.session) connection.session.close();
      else connection.socket.end();
    }
  };
  const timer = setInterval(recheck, RECHECK_MS);
  timer.unref();
  return {
    add: (connection) => void connections.add(connection),
    remove: (connection) => void connections.delete(connection),
    recheck,
    stop: () => clearInterval(timer),
  };
}
