import { describeConformance } from '../../support/conformance.ts';
import { startHaproxy } from '../../support/proxy-rig.ts';
import { describeWith } from '../../support/tools.ts';

/** HAProxy 2.6 ignores no error of OpenSSL's numbered 32 to 63, whatever its configuration says. */
const differs = {
  'one with an unknown critical extension': 'refused',
  'one below an authority that may not sign certificates': 'refused',
  "one outside its authority's name constraints": 'refused',
} as const;

describeWith('haproxy', 'HAProxy', () => {
  describeConformance('HAProxy with its agent', startHaproxy, { differs });
  describeConformance('HAProxy by itself', startHaproxy, { native: true, differs });
  describeConformance('HAProxy that always asks', (world) => startHaproxy(world, { decide: 'agent' }), { differs });
});
