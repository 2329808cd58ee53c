/** The choices that hold: the last activation of each sensor type, where it names a model. */
export const WANTED = `SELECT sensorType, hash FROM activation WHERE hash IS NOT NULL
  AND id IN (SELECT max(id) FROM activation GROUP BY sensorType)`;
