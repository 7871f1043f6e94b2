import { describeConformance, toldByNginx } from '../../support/conformance.ts';
import { startNginx } from '../../support/proxy-rig.ts';
import { describeWith } from '../../support/tools.ts';

describeWith('nginx', 'nginx', () => {
  describeConformance('nginx with its agent', startNginx);
  describeConformance('nginx by itself', startNginx, { native: true, tells: toldByNginx });
  describeConformance('nginx that always asks', (world) => startNginx(world, { decide: 'agent' }), { native: true });
});
