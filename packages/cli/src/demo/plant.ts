/**
 * The demo's plant: what stands in it, what is measured there, and what the values look like when nothing is wrong.
 * Six machines carry an agent, twenty smaller things report by themselves. The figures are those of a small food plant.
 */

export interface Sensor {
  readonly sensor: string;
  readonly type: string;
  readonly unit: string;
  /** the value at half load */
  readonly base: number;
  /** how far it follows the machine's load, in its unit, either way */
  readonly swing: number;
  /** standard deviation of what is left */
  readonly noise: number;
  /** digits after the point that the instrument shows */
  readonly digits: number;
}

export interface Machine {
  readonly device: string;
  /** where it stands; a thing that only sends readings cannot say */
  readonly site?: string;
  readonly sensors: readonly Sensor[];
  /** time between readings */
  readonly intervalMs: number;
  /** time in which its load rises and falls once */
  readonly cycleS: number;
}

type Figures = readonly [base: number, swing: number, noise: number];

const of =
  (type: string, unit: string, digits: number) =>
  (sensor: string, [base, swing, noise]: Figures): Sensor => ({
    sensor,
    type,
    unit,
    base,
    swing,
    noise,
    digits,
  });
const temperature = of('temperature', '°C', 2);
const pressure = of('pressure', 'bar', 3);
const flow = of('flow', 'm³/h', 1);
const vibration = of('vibration', 'mm/s', 2);
const current = of('current', 'A', 1);
const power = of('power', 'kW', 1);
const level = of('level', '%', 1);
const humidity = of('humidity', '%', 1);

function pump(device: string, cycleS: number): Machine {
  const sensors = [
    pressure('discharge-pressure', [6.2, 0.25, 0.04]),
    flow('flow', [42, 3, 0.5]),
    vibration('vibration', [2.1, 0.15, 0.08]),
    temperature('bearing-temperature', [58, 1.5, 0.3]),
  ];
  return { device, site: 'pump house', sensors, intervalMs: 1_000, cycleS };
}

function compressor(device: string, cycleS: number): Machine {
  const sensors = [
    pressure('line-pressure', [7.4, 0.2, 0.05]),
    temperature('oil-temperature', [76, 2, 0.4]),
    current('motor-current', [31, 2.5, 0.5]),
  ];
  return { device, site: 'utilities', sensors, intervalMs: 1_000, cycleS };
}

const chiller: Machine = {
  device: 'chiller-1',
  site: 'utilities',
  sensors: [
    temperature('supply-temperature', [6.5, 0.3, 0.1]),
    temperature('return-temperature', [12.1, 0.7, 0.15]),
    power('power', [88, 9, 1.4]),
  ],
  intervalMs: 1_000,
  cycleS: 1_500,
};

const boiler: Machine = {
  device: 'boiler-1',
  site: 'utilities',
  sensors: [
    temperature('steam-temperature', [168, 2, 0.4]),
    pressure('steam-pressure', [6.9, 0.3, 0.05]),
    flow('gas-flow', [61, 5, 0.9]),
  ],
  intervalMs: 1_000,
  cycleS: 1_100,
};

/** Machines whose agent judges their readings on the spot. */
export const AGENTS: readonly Machine[] = [
  pump('pump-1', 1_200),
  pump('pump-2', 1_350),
  compressor('compressor-1', 900),
  compressor('compressor-2', 1_000),
  chiller,
  boiler,
];

function several(count: number, name: string, sensors: readonly Sensor[]): Machine[] {
  return Array.from({ length: count }, (_, index) => ({
    device: `${name}-${index + 1}`,
    sensors,
    intervalMs: 5_000,
    cycleS: 2_400 + 200 * index,
  }));
}

/** Things that only send their readings; the cloud judges them. */
export const PLAIN: readonly Machine[] = [
  ...several(6, 'tank', [
    level('level', [64, 6, 0.4]),
    temperature('temperature', [4.2, 0.3, 0.1]),
  ]),
  ...several(6, 'cold-room', [
    temperature('temperature', [-19.5, 0.8, 0.2]),
    humidity('humidity', [71, 2.5, 0.6]),
  ]),
  ...several(4, 'meter', [power('power', [23, 3, 0.5]), current('current', [36, 4.5, 0.7])]),
  ...several(4, 'filter', [pressure('differential-pressure', [0.62, 0.05, 0.02])]),
];
