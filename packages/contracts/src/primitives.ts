import { z } from 'zod'

/** 1–128 printable characters (no control, format, surrogate or unassigned code points). The ASCII branch is the fast one. */
export const Id = z
  .string()
  .regex(/^(?:[ -~]{1,128}|[^\p{C}\p{Zl}\p{Zp}]{1,128})$/u, 'must be 1–128 printable characters')
  .meta({ description: '1–128 printable characters' })

/** Names of placements, events and features that configuration refers to. */
export const Name = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/, 'must start with a letter and hold at most 64 letters, digits, `_`, `.` or `-`')

/** Event names are variables of the reward expression. */
export const EventName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'must be a name of at most 64 letters, digits and `_`')

const FeatureName = z.string().regex(/^(?!__proto__$)[^\p{C}]{1,128}$/u, 'must be 1–128 printable characters')

const Scalar = z.union([z.number().min(-1e9).max(1e9), z.string().max(1024), z.boolean(), z.null()])
const nested = <T extends z.ZodType>(inner: T) => z.union([Scalar, z.array(inner).max(4096), z.record(FeatureName, inner)])

/** A feature: a scalar, a list or an object, three levels deep at most, which keeps validation free of recursion. */
export const FeatureValue = nested(nested(nested(Scalar)))

export const Features = z.record(FeatureName, FeatureValue)

export const Position = z
  .string()
  .regex(/^\d{1,5}:\d{1,16}$/, 'must look like `partition:offset`')
  .meta({ description: 'A place in the log: `partition:offset`' })
