import { Type, type TSchema } from 'typebox';

/** One setting: its schema with default and description, so that the README's table comes from here. */
export const flagged = <T extends TSchema>(schema: T, section: string): T & { section: string } =>
  Object.assign(schema, { section });

export const port = (value: number, description: string) =>
  Type.Integer({ minimum: 0, maximum: 65_535, default: value, description });

export const milliseconds = (description: string, value?: number) =>
  Type.Integer({ minimum: 0, maximum: 30 * 86_400_000, description, ...(value !== undefined && { default: value }) });

export const text = (description: string) => Type.String({ minLength: 1, maxLength: 2048, description });

/** The parts of `a, b,c`, without those that are empty. */
export const listed = (value: string): string[] => value.split(',').map((part) => part.trim()).filter((part) => part !== '');
