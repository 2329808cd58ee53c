/** The part of the table of routes that takes what people say of verdicts, and their choices for the server. */
import { Type } from 'typebox';
import { addresses } from './addresses.ts';
import {
  FeedbackQuery,
  FeedbackReply,
  FreshFeedback,
  GiveFeedback,
  SuppressionsQuery,
  SuppressionsReply,
} from './feedback.ts';
import { Problem } from './problem.ts';
import type { Route } from './route.ts';
import { ChangeSettings, ServerSettings } from './settings.ts';

const SuppressionParams = Type.Object({
  suppression: Type.String({ pattern: '^[0-9]{1,15}$' }),
});

export const feedbackRoutes = {
  giveFeedback: {
    ...addresses.giveFeedback,
    access: 'operator',
    summary:
      'Say that a verdict or an incident was real, or not an anomaly: its like is then quiet',
    body: GiveFeedback,
    replies: { 201: FreshFeedback, 404: Problem, 409: Problem, 422: Problem },
  },
  feedback: {
    ...addresses.feedback,
    access: 'viewer',
    summary: 'What people said of verdicts, newest first',
    query: FeedbackQuery,
    replies: { 200: FeedbackReply },
  },
  suppressions: {
    ...addresses.suppressions,
    access: 'viewer',
    summary: 'The suppression regions: what is judged and never told',
    query: SuppressionsQuery,
    replies: { 200: SuppressionsReply },
  },
  removeSuppression: {
    ...addresses.removeSuppression,
    access: 'operator',
    summary: 'Take a suppression region back: its like is told again',
    params: SuppressionParams,
    replies: { 204: Type.Null(), 404: Problem },
  },
  settings: {
    ...addresses.settings,
    access: 'viewer',
    summary: 'What holds: timeouts, retention, the bound of the store',
    replies: { 200: ServerSettings },
  },
  changeSettings: {
    ...addresses.changeSettings,
    access: 'admin',
    summary: 'Change settings, for good; null goes back to what is configured',
    body: ChangeSettings,
    replies: { 200: ServerSettings, 422: Problem },
  },
} as const satisfies Record<string, Route>;
