import { describeConformance } from '../../support/conformance.ts';
import { startHaproxy } from '../../support/proxy-rig.ts';
import { describeWith } from '../../support/tools.ts';

describeWith('haproxy', 'HAProxy', () => {
  describeConformance('HAProxy with its agent', startHaproxy, {});
});
