/** What is known of devices and sensors, and what of it the cloud has not heard yet. */
import type { SensorCard } from '@fernsight/base';
import type { Limits } from '@fernsight/detect';
import type { DeviceCard } from '@fernsight/wire/agent';

export class Cards {
  readonly #agent: string;
  readonly #devices = new Map<string, { card: DeviceCard; sensors: Map<string, SensorCard> }>();
  readonly #news = new Set<string>();

  /** @param own the agent's own card; children follow by `add` */
  constructor(own: DeviceCard) {
    this.#agent = own.device;
    this.add(own);
  }

  /** Merges what a configuration or a source knows into what was known. */
  add(card: DeviceCard): void {
    const known = this.#devices.get(card.device);
    const sensors = known?.sensors ?? new Map<string, SensorCard>();
    for (const sensor of card.sensors) {
      sensors.set(sensor.sensor, { ...sensors.get(sensor.sensor), ...sensor });
    }
    const parent = card.device === this.#agent ? {} : { parent: this.#agent };
    this.#devices.set(card.device, { card: { ...known?.card, ...card, ...parent }, sensors });
    this.#news.add(card.device);
  }

  /** Notes a sensor that a reading showed. */
  see(device: string, sensor: string): void {
    if (this.#devices.get(device)?.sensors.has(sensor) !== true) {
      this.add({ device, sensors: [{ sensor }] });
    }
  }

  sensor(device: string, sensor: string): SensorCard | undefined {
    return this.#devices.get(device)?.sensors.get(sensor);
  }

  /** @returns what a model must be of to judge the sensor; one without a type is of the type of its name */
  typeOf(device: string, sensor: string): string {
    return this.sensor(device, sensor)?.type ?? sensor;
  }

  /** @returns the values outside of which the sensor is at fault, where a card says so */
  limits(device: string, sensor: string): Limits | undefined {
    const card = this.sensor(device, sensor);
    return card === undefined ? undefined : { min: card.min, max: card.max };
  }

  /** @returns at most `limit` cards that the cloud has not heard since they changed */
  unannounced(limit: number): DeviceCard[] {
    const cards: DeviceCard[] = [];
    for (const device of this.#news) {
      if (cards.length >= limit) break;
      const known = this.#devices.get(device);
      if (known !== undefined) cards.push({ ...known.card, sensors: [...known.sensors.values()] });
    }
    return cards;
  }

  /** The cloud has these; one that changed meanwhile stays news. */
  announced(cards: readonly DeviceCard[]): void {
    for (const card of cards) {
      const known = this.#devices.get(card.device);
      if (known?.sensors.size === card.sensors.length) this.#news.delete(card.device);
    }
  }
}
