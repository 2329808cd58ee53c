import { fixedHistories } from './fixed.contract.ts';

fixedHistories(0);
