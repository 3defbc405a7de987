// The portal in a real browser, against a real service: `make test`, or alone `scripts/pages.sh`.

import "./world.mjs";

import "./cases.mjs";
import "./watch_list.mjs";
import "./consents.mjs";
import "./desks.mjs";
import "./disputes.mjs";
import "./docking.mjs";
import "./webhooks.mjs";
import "./sharing.mjs";
import "./followed.mjs";
import "./every_page.mjs";
import "./keyboard.mjs";
import "./language.mjs";
import "./negative_list.mjs";
import "./printing.mjs";
import "./purpose.mjs";
import "./receipt.mjs";
import "./sales.mjs";
import "./screening.mjs";
import "./sign_in.mjs";
import "./signatures.mjs";
import "./signals.mjs";
import "./statistics.mjs";
import "./traces.mjs";
import "./without_script.mjs";
