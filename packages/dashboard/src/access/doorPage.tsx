/** What a viewer sees who is not signed in: first-run setup while the server has nobody, else sign-in. */

import { Notice } from '../frame/notice.tsx';
import { usePage } from '../frame/page.ts';
import { PASSWORD_LENGTH_MIN } from '../limits.ts';
import { Field, Form } from './field.tsx';
import { setUp, signIn } from './session.ts';

export function DoorPage() {
  return usePage().session.value?.mode === 'setup' ? <SetUpDoor /> : <SignInDoor />;
}

function SignInDoor() {
  const page = usePage();
  return (
    <Notice title="Sign in">
      <Form
        action="Sign in"
        onSend={(text) => signIn(page, { name: text('name'), password: text('password') })}
      >
        <Field name="name" words="Name" autocomplete="username" />
        <Field name="password" words="Password" type="password" autocomplete="current-password" />
      </Form>
    </Notice>
  );
}

/** The token may come in the fragment, which no server sees: `#/setup?token=…`. */
function SetUpDoor() {
  const page = usePage();
  const token = new URLSearchParams(location.hash.split('?')[1]).get('token') ?? '';
  return (
    <Notice title="Set up this server">
      <p class="soft">
        Nobody can sign in yet. Make the first administrator; the token is the one that the server
        printed when it started.
      </p>
      <Form
        action="Set up"
        onSend={async (text) => {
          const [name, password] = [text('name'), text('password')];
          const fault = await setUp(page, { token: text('token'), name, password });
          if (fault === '') location.hash = '#/';
          return fault;
        }}
      >
        <Field name="token" words="One-time token" value={token} autocomplete="off" />
        <Field name="name" words="Your name" autocomplete="username" />
        <Field
          name="password"
          words={`Password, at least ${PASSWORD_LENGTH_MIN} characters`}
          type="password"
          minLength={PASSWORD_LENGTH_MIN}
          autocomplete="new-password"
        />
      </Form>
    </Notice>
  );
}
