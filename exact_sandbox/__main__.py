"""``python -m exact_sandbox``: run the sandbox on this machine."""

import argparse
import signal
import sys

from . import postbox, smtp
from .app import CLIENT_ID, CLIENT_SECRET, WEBHOOK_SECRET, Sandbox
from .server import make_server
from .texts import LANGUAGES

SMTP_PORT = 9725


def parser():
    """The command line."""
    made = argparse.ArgumentParser(
        prog="python -m exact_sandbox",
        description="A stand-in for Exact Online on this machine (127.0.0.1 only).",
    )
    made.add_argument("--port", type=int, default=9700, help="port (default 9700)")
    made.add_argument("--state", metavar="FILE", help="keep the state in this file")
    made.add_argument(
        "--client-id", metavar="ID", default=CLIENT_ID, help="of the registered app"
    )
    made.add_argument(
        "--client-secret",
        metavar="SECRET",
        default=CLIENT_SECRET,
        help="and its secret",
    )
    made.add_argument(
        "--minutely", type=int, metavar="N", default=60, help="calls a minute (0: any)"
    )
    made.add_argument(
        "--daily", type=int, metavar="N", default=5000, help="calls a day (0: any)"
    )
    made.add_argument(
        "--latency", type=int, metavar="MS", default=0, help="added to each API answer"
    )
    made.add_argument(
        "--language", choices=LANGUAGES, default="nl", help="of the Exact user"
    )
    made.add_argument(
        "--smtp-port",
        type=int,
        metavar="PORT",
        help="mail for the digital postboxes (default 9725, or a free one if taken)",
    )
    made.add_argument(
        "--webhook-secret",
        metavar="SECRET",
        default=WEBHOOK_SECRET,
        help="signs the notices of webhooks",
    )
    made.add_argument(
        "--strict-https", action="store_true", help="refuse http for loopback too"
    )
    return made


def _stop(signum, frame):
    raise SystemExit(0)


def _start_mail(sandbox, port):
    """The asked port; else the usual one, or a free one beside another sandbox."""
    if port is not None:
        return smtp.start(sandbox, port)
    try:
        return smtp.start(sandbox, SMTP_PORT)
    except OSError:
        return smtp.start(sandbox, 0)


def main(arguments=None):
    """Run until it is stopped; the state is saved at the end."""
    options = parser().parse_args(arguments)
    try:
        sandbox = Sandbox(
            client_id=options.client_id,
            client_secret=options.client_secret,
            language=options.language,
            minutely=options.minutely,
            daily=options.daily,
            latency=options.latency,
            strict_https=options.strict_https,
            webhook_secret=options.webhook_secret,
            state_file=options.state,
        )
        server = make_server(sandbox, options.port)
        mail = _start_mail(sandbox, options.smtp_port)
    except (OSError, ValueError) as error:
        print(f"exact_sandbox: {error}", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, _stop)
    sandbox.base_url = f"http://127.0.0.1:{server.port}"
    print(f"Exact Online sandbox: http://127.0.0.1:{server.port}/")
    print(f"  client id      {sandbox.client_id}")
    print(f"  client secret  {sandbox.client_secret}")
    print("  user           demo / demo")
    for code, admin in sandbox.administrations.items():
        print(f"  administration {code} {admin.settings['name']}")
    print(f"  webhook secret {sandbox.webhooks.secret}")
    print(f"  postboxes      127.0.0.1:{mail.port} (SMTP)")
    for admin in sandbox.administrations.values():
        print(f"                 {postbox.address_of(admin)}")
    sys.stdout.flush()
    try:
        server.serve_forever()
    except (KeyboardInterrupt, SystemExit):
        print("stopped")
    finally:
        sandbox.store.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
