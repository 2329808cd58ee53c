/** The choices that hold: the last activation of each sensor type, where it names a model. */
export const WANTED = `SELECT sensorType, hash FROM activation WHERE hash IS NOT NULL
  AND id IN (SELECT max(id) FROM activation GROUP BY sensorType)`;

/** What judges in the server: the last of them that its own trial took. */
export const JUDGING = `SELECT sensorType, hash FROM activation WHERE hash IS NOT NULL AND id IN (SELECT max(id)
  FROM activation WHERE hash IS NULL OR hash IN (SELECT hash FROM trial WHERE reason IS NULL) GROUP BY sensorType)`;
