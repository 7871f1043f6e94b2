import { describeConformance } from '../../support/conformance.ts';
import { startGateway } from '../../support/gateway-rig.ts';

describeConformance('the gateway', startGateway);
