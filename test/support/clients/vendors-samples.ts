import type { Sample } from './samples.ts';

/*
 * The samples of vendors' pages on imports of history, word for word, for tests that run them with the address and the key
 * replaced.
 */

/**
 * Customer.io, "Backfill historical data" (Pipelines). The page's `-u api_key: <your_api_key_here>` is two words to a shell;
 * Pipelines' key is the user, with an empty password.
 */
export const PIPELINES_TRACK: Sample = {
  runner: 'sh',
  code: `curl -X POST https://cdp.customer.io/v1/api/track \\
  -u api_key: <your_api_key_here> \\
  -H 'Content-Type: application/json' \\
  -d '{
        "userId": "5",
        "event": "purchased",
        "properties": {
          "price": 23.45
        },
        "timestamp": 1359389415
      }'`,
};

/** The lines that the next page's samples lack: its text has neither address nor credentials. Source: its API reference. */
const TRACK_URL = "-u 'site:KEY' https://track.customer.io/api/v1/customers/5/events";

/** Customer.io, "Backfill historical data" (Track API v1): as a form, as JSON, and with the time in the data as well. */
export const TRACK_EVENTS: Readonly<Record<string, Sample>> = {
  'as a form': {
    runner: 'sh',
    code: `curl -i ${TRACK_URL} \\
-d name=purchased \\
-d data[price]=23.45 \\
-d timestamp=1359389415`,
  },
  'as JSON': {
    runner: 'sh',
    code: `curl -i ${TRACK_URL} \\
  -X POST \\
  -H 'Content-Type:application/json' \\
  -d '{"name":"purchased","timestamp":1359389415, "data":{"price":23.45}}'`,
  },
  'with the time in the data': {
    runner: 'sh',
    code: `curl -i ${TRACK_URL} \\
  -X POST \\
  -H 'Content-Type:application/json' \\
  -d '{"name":"purchased","timestamp":1359389415, "data":{"price":23.45, "timestamp":1359389415}}'`,
  },
};

const JUNE_OPTIONS = `
// JSON format expected
const options = {
headers: {
Accept: 'application/json',
'Content-Type': 'application/json',
Authorization: 'Basic <YOUR API KEY>',
},
};
`;

/** June, "Backfill your events". The page's addresses are hidden from readers that are programs, and stand here as they are seen. */
export const JUNE_NODE: Readonly<Record<'identify' | 'group' | 'track', Sample>> = {
  identify: {
    runner: 'node',
    code: `const axios = require('axios');

// Identify object
identify = {
type: "identify",
userId: "1",
traits: {
name: "Elon Musk",
email: "elon@example.com",
plan: "pro",
logins: 1
}
}
${JUNE_OPTIONS}
const url = 'https://api.june.so/api/identify';

// Send event to June
axios.post(url, identify, options);`,
  },
  group: {
    runner: 'node',
    code: `const axios = require('axios');

// Group object
group = {
type: "group",
groupId: "A",
userId: "1",
traits: {
name: "SpaceX"
}
}
${JUNE_OPTIONS}
const url = 'https://api.june.so/api/group';

// Send event to June
axios.post(url, group, options);`,
  },
  track: {
    runner: 'node',
    code: `const axios = require('axios');

// Event object
const event = {
type: 'track',
event: 'Dashboard Loaded',
userId: '1',
timestamp: '2021-02-24T01:19:38.931Z',
email: 'elon@example.com',
};
${JUNE_OPTIONS}
const url = 'https://api.june.so/api/track';

// Send event to June
axios.post(url, event, options);`,
  },
};

/** June, "Backfill your events", in Python; each asserts status 200. The page leaves the import of requests to the reader. */
export const JUNE_PYTHON_SAMPLES: Readonly<Record<'identify' | 'group' | 'track', Sample>> = {
  identify: {
    runner: 'python',
    code: `import requests

identify_payload = {
"type": "identify",
"userId": "1",
"traits": {
"name": "Elon Musk",
"email": "elon@example.com",
"plan": "pro",
"logins": 1
}
}

identify_url = "https://api.june.so/api/identify"
api_key = "secret_api_key" # from the June settings page

response = requests.post(
identify_url,
json=identify_payload,
headers={'Authorization': f'Basic {api_key}'}
)

assert response.status_code == 200`,
  },
  group: {
    runner: 'python',
    code: `import requests

group_payload = {
"type": "group",
"groupId": "A",
"userId": "1",
"traits": {
"name": "SpaceX"
}
}

group_url = "https://api.june.so/api/group"
api_key = "secret_api_key" # from the June settings page

response = requests.post(
group_url,
json=group_payload,
headers={'Authorization': f'Basic {api_key}'}
)

assert response.status_code == 200`,
  },
  track: {
    runner: 'python',
    code: `import requests

track_payload = {
"type": "track",
"event": "Registered",
"userId": "1",
"timestamp": "2021-02-24T01:19:38.931Z",
"email": "elon@example.com",
"properties": {
"plan": "pro"
}
}

track_url = "https://api.june.so/api/track"
api_key = "secret_api_key" # from the June settings page

response = requests.post(
track_url,
json=track_payload,
headers={'Authorization': f'Basic {api_key}'}
)

assert response.status_code == 200`,
  },
};

/** LeadVibe, "Import Events API". */
export const LEADVIBE_UPLOAD: Sample = {
  runner: 'sh',
  code: `curl -X POST "https://api.leadvibe.com/import" \\
-H "Authorization: Bearer <token>" \\
-F "file=@events.csv"`,
};

/** The same page: without triggers. */
export const LEADVIBE_WITHOUT_TRIGGERS: Sample = {
  runner: 'sh',
  code: `curl -X POST "https://api.leadvibe.com/import?skip_triggers=true" \\
-H "Authorization: Bearer <token>" \\
-F "file=@events.csv"`,
};

/** The same page: the example, with ids of leads. */
export const LEADVIBE_LEADS = `lead_id,event_type,timestamp
ld_abc123,page_view,2025-06-15T10:30:00Z
ld_abc123,email_open,2025-06-16T14:00:00Z
ld_def456,demo_request,2025-06-20T09:00:00Z
`;

/** The same page: with email addresses instead. */
export const LEADVIBE_EMAILS = `email,event_type,timestamp
jane@acme.com,webinar_attend,2025-07-01T11:00:00Z
bob@example.com,form_submit,2025-07-02T15:30:00Z
`;
