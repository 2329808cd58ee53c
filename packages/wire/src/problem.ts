/** Errors on the wire: RFC 9457 problem documents, `application/problem+json`. */
import { type Static, Type } from 'typebox';

export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer({ minimum: 400, maximum: 599 }),
  /** what is wrong with this request */
  detail: Type.Optional(Type.String()),
  /** what the sender can do */
  hint: Type.Optional(Type.String()),
  /** the fields at fault, as JSON pointers into the body */
  errors: Type.Optional(Type.Array(Type.Object({ pointer: Type.String(), detail: Type.String() }))),
});
export type Problem = Static<typeof Problem>;

/** A problem where clients of InfluxDB read it: with the members that they look for. */
export const InfluxProblem = Type.Intersect([
  Problem,
  Type.Object({ code: Type.String(), message: Type.String() }),
]);
