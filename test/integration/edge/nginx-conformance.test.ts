import { describeConformance } from '../../support/conformance.ts';
import { startNginx } from '../../support/proxy-rig.ts';
import { describeWith } from '../../support/tools.ts';

describeWith('nginx', 'nginx', () => {
  describeConformance('nginx with its agent', startNginx, {
    'one below a revoked intermediate': 'nginx tells of no certificate but the leaf',
    'a verified certificate is told': 'nginx knows neither SHA-256 fingerprints nor the form of RFC 9440',
  });
});
