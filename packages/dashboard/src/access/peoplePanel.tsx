/** The people who may sign in: add, change the role, remove. */
import type { Role } from '@fernsight/wire';
import { useCallback } from 'preact/hooks';
import { DeedChoice } from '../frame/deedChoice.tsx';
import { formatTime } from '../frame/format.ts';
import { usePage } from '../frame/page.ts';
import { useAnswer } from '../frame/useAnswer.ts';
import { PASSWORD_LENGTH_MIN } from '../limits.ts';
import { Field, Form } from './field.tsx';
import { useDeed } from './useDeed.ts';

const ROLES: readonly { readonly role: Role; readonly words: string }[] = [
  { role: 'viewer', words: 'Viewer: sees' },
  { role: 'operator', words: 'Operator: sees and acts' },
  { role: 'admin', words: 'Administrator: all' },
];

function roleOf(text: string): Role {
  return ROLES.find(({ role }) => role === text)?.role ?? 'viewer';
}

export function PeoplePanel() {
  const page = usePage();
  const { client } = page;
  const people = useAnswer(useCallback((signal) => client.call('people', { signal }), [client]));
  const deed = useDeed(people.again);
  const own = page.session.value?.person?.name;
  return (
    <section class="panel" aria-labelledby="people-title" aria-busy={people.isAsking.value}>
      <div class="panel-head">
        <h2 id="people-title">People</h2>
        <span class="fault small">{deed.fault.value || people.fault.value}</span>
      </div>
      <div class="table-place">
        <table>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Role</th>
              <th scope="col">Since</th>
              <th scope="col">
                <span class="hidden">Remove</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {people.value.value?.people.map(({ name, role, createdUs }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="role">
                  <span class="acts">
                    <DeedChoice
                      label={`Role of ${name}`}
                      held={role}
                      deed="Change"
                      isFixed={name === own}
                      onDo={(choice) => {
                        const input = { params: { person: name }, body: { role: roleOf(choice) } };
                        return deed.run(() => client.call('changePerson', input));
                      }}
                    >
                      <RoleOptions />
                    </DeedChoice>
                  </span>
                </td>
                <td>{formatTime(createdUs, page.nowUs.peek())}</td>
                <td class="number">
                  <button
                    type="button"
                    disabled={name === own}
                    onClick={() => {
                      if (!confirm(`Remove ${name}? Their sessions end.`)) return;
                      void deed.run(() =>
                        client.call('removePerson', { params: { person: name } }),
                      );
                    }}
                  >
                    Remove
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Form
        action="Add person"
        onSend={(text) => {
          const body = {
            name: text('name'),
            role: roleOf(text('role')),
            password: text('password'),
          };
          return deed.run(() => client.call('addPerson', { body }));
        }}
      >
        <Field name="name" words="Name" autocomplete="off" />
        <Field
          name="password"
          words={`First password, at least ${PASSWORD_LENGTH_MIN} characters`}
          minLength={PASSWORD_LENGTH_MIN}
          autocomplete="off"
        />
        <label class="field">
          <span>Role</span>
          <select name="role">
            <RoleOptions />
          </select>
        </label>
      </Form>
    </section>
  );
}

function RoleOptions() {
  return (
    <>
      {ROLES.map(({ role, words }) => (
        <option key={role} value={role}>
          {words}
        </option>
      ))}
    </>
  );
}
