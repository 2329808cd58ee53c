/**
 * What is kept of a verdict beside its score, in 16 bits a reading:
 *
 *     bits 0–2 stage · 3 anomaly · 4 sensor fault · 5 alarm · 6–9 kind · 10 suppressed · 11 not learnt
 *
 * The codes are positions in the lists below: append only, they are on disk.
 */
import { KINDS } from '@fernsight/detect';
import type { KindName, StageName } from '@fernsight/wire';

const STAGE_NAMES: readonly StageName[] = [
  'rules',
  'warming',
  'ready',
  'unscored',
  'foreign',
  'late',
  'future',
];
const KIND_NAMES: readonly KindName[] = KINDS;

const STAGE_BITS = 7;
const ANOMALY = 1 << 3;
const FAULT = 1 << 4;
const ALARM = 1 << 5;
const KIND_SHIFT = 6;
const KIND_BITS = 15;
const SUPPRESSED = 1 << 10;
const UNLEARNT = 1 << 11;

export interface Marked {
  readonly stage: StageName;
  readonly anomaly?: boolean;
  readonly sensorFault?: boolean;
  readonly alarm?: boolean;
  readonly kind?: KindName;
  /** the suppression region that it fell into, 0 for none */
  readonly suppressedBy?: number;
}

export function packMark({
  stage,
  anomaly,
  sensorFault,
  alarm,
  kind,
  suppressedBy = 0,
}: Marked): number {
  return (
    STAGE_NAMES.indexOf(stage) |
    (anomaly === true ? ANOMALY : 0) |
    (sensorFault === true ? FAULT : 0) |
    (alarm === true ? ALARM : 0) |
    (KIND_NAMES.indexOf(kind ?? 'none') << KIND_SHIFT) |
    (suppressedBy > 0 ? SUPPRESSED : 0)
  );
}

export function stageOf(mark: number): StageName {
  return STAGE_NAMES[mark & STAGE_BITS] ?? 'unscored';
}

export function kindOf(mark: number): KindName {
  return KIND_NAMES[(mark >> KIND_SHIFT) & KIND_BITS] ?? 'none';
}

export function isAnomaly(mark: number): boolean {
  return (mark & ANOMALY) !== 0;
}

export function isSensorFault(mark: number): boolean {
  return (mark & FAULT) !== 0;
}

export function isAlarm(mark: number): boolean {
  return (mark & ALARM) !== 0;
}

/** @returns whether a suppression region kept it quiet: it is no anomaly, and not normal either */
export function isSuppressed(mark: number): boolean {
  return (mark & SUPPRESSED) !== 0;
}

/** @returns the mark of a reading from which its judge learnt nothing */
export function unlearnt(mark: number): number {
  return mark | UNLEARNT;
}

/** @returns whether its judge learnt nothing from it, as it was taken in maintenance; a replay passes it over */
export function isUnlearnt(mark: number): boolean {
  return (mark & UNLEARNT) !== 0;
}

/** @returns whether the reading has a score: its stage is one of a judge */
export function isScored(mark: number): boolean {
  return (mark & STAGE_BITS) < 3;
}

/** @returns the code of a kind, as bits 6–9 hold it */
export function kindCode(kind: KindName): number {
  return KIND_NAMES.indexOf(kind);
}

/** @returns whether the reading counts for what is latest, for rollups and for the high-water mark */
export function isTimely(mark: number): boolean {
  return stageOf(mark) !== 'future';
}
