import { catalog } from './catalog.ts';
import { detectorContract } from './catalog.contract.ts';

for (const [name, create] of Object.entries(catalog)) detectorContract(name, create);
