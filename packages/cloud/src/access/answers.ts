/** The routes of access, put together. */
import type { Answers } from '../http/answer.ts';
import type { Desk } from './desk.ts';
import { keyAnswers } from './keyAnswers.ts';
import { peopleAnswers } from './peopleAnswers.ts';
import { sessionAnswers } from './sessionAnswers.ts';
import { tokenAnswers } from './tokenAnswers.ts';

export function accessAnswers(desk: Desk): Answers {
  return {
    ...sessionAnswers(desk),
    ...peopleAnswers(desk),
    ...keyAnswers(desk),
    ...tokenAnswers(desk),
  };
}
