import { detectorContract } from './catalog.contract.ts';
import { catalog } from './catalog.ts';

for (const [name, create] of Object.entries(catalog)) detectorContract(name, create);
