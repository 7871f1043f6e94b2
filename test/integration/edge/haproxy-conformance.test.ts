import { describeConformance } from '../../support/conformance.ts';
import { startHaproxy } from '../../support/proxy-rig.ts';
import { describeWith } from '../../support/tools.ts';

describeWith('haproxy', 'HAProxy', () => {
  describeConformance('HAProxy with its agent', startHaproxy, {
    'one below a revoked intermediate': 'HAProxy tells of no certificate but the leaf',
    'one below five intermediates': 'HAProxy has no limit of its own on the length of a chain',
    'one with an unknown critical extension': 'HAProxy 2.6 ends the handshake itself',
    'one below an authority that may not sign certificates': 'HAProxy 2.6 ends the handshake itself',
    "one outside its authority's name constraints": 'HAProxy 2.6 ends the handshake itself',
  });
});
