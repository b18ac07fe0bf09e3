"""A mail server that misbehaves as it is told.

Started as `server.py FOLDER OPTIONS`, where OPTIONS is a JSON object:

    tls          "starttls", "implicit" or "none"
    certificate  "good", "expired", "not_yet", "wrong_host" or "self_signed"
    users        {"user": "password"}; without it nobody needs to sign in
    mechanisms   ["PLAIN", "LOGIN"]
    size         the largest mail, in bytes
    pipelining   whether it offers PIPELINING
    keep         whether the mails themselves are kept, as FOLDER/NUMBER.eml
    rules        what goes wrong, see below

It prints {"port": …} when it is ready, and ends when its standard input closes. Each line of standard input is a list of rules that
replaces the one before; it is answered with a line.

A rule: {"at": STAGE, "recipient": PATTERN, "times": N, "reply": TEXT, "close": true, "record": true, "delay_ms": N}
    at         "greeting", "auth", "mail", "rcpt", "data" (instead of 354), "content" (in the middle of it), "end" (after the dot)
    recipient  shell pattern; only for "rcpt" and later
    times      for the first N times, counted for each recipient; always without it
    reply      what is answered instead; a mail that is answered so was not taken
    close      ends the connection, after the reply if there is one
    record     at "end": the mail was taken nevertheless, only the answer is lost

What was taken is a line of FOLDER/accepted.jsonl each, written before it is answered. FOLDER/dialogue.log has the commands.
"""

import asyncio
import collections
import email
import fnmatch
import json
import logging
import pathlib
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

import certificates


class Rules:
    def __init__(self, rules):
        self.replace(rules)

    def replace(self, rules):
        self.rules = rules
        self.used = collections.Counter()

    def find(self, stage, recipient=None):
        for number, rule in enumerate(self.rules):
            if rule["at"] != stage or not fnmatch.fnmatch(recipient or "", rule.get("recipient", "*")):
                continue
            if self.used[number, recipient] < rule.get("times", sys.maxsize):
                self.used[number, recipient] += 1
                return rule
        return None


class Handler:
    """What aiosmtpd asks at each stage; None lets it answer as usual."""

    def __init__(self, folder, options, rules):
        self.folder, self.keep, self.rules = folder, options.get("keep", False), rules
        self.pipelining = options.get("pipelining", False)
        self.accepted = open(folder / "accepted.jsonl", "a", buffering=1)
        self.count = 0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        return responses[:1] + ["250-PIPELINING"] * self.pipelining + responses[1:]

    async def handle_MAIL(self, server, session, envelope, address, options):
        reply = await server.misbehave(self.rules.find("mail"))
        if reply is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return reply or "250 2.1.0 sender ok"

    async def handle_RCPT(self, server, session, envelope, address, options):
        reply = await server.misbehave(self.rules.find("rcpt", address))
        if reply is None:
            envelope.rcpt_tos.append(address)
        return reply or "250 2.1.5 recipient ok"

    async def handle_DATA(self, server, session, envelope):
        rule = self.rules.find("end", envelope.rcpt_tos[0])
        if rule is None or rule.get("record") or not ("reply" in rule or "close" in rule):
            self.record(server, session, envelope)
        return await server.misbehave(rule) or f"250 2.0.0 taken as {self.count}"

    def record(self, server, session, envelope):
        self.count += 1
        if self.keep:
            (self.folder / f"{self.count}.eml").write_bytes(envelope.original_content)
        message = email.message_from_bytes(envelope.original_content)
        for recipient in envelope.rcpt_tos:
            entry = {
                "message_id": message["Message-ID"],
                "sender": envelope.mail_from,
                "recipient": recipient,
                "connection": server.number,
                "secured": server.is_secured(),
                "user": session.login_data.decode() if session.login_data else None,
            }
            self.accepted.write(json.dumps(entry) + "\n")


class Server(SMTP):
    connections = 0

    def __init__(self, handler, rules, implicit, **options):
        super().__init__(handler, **options)
        Server.connections += 1
        self.number, self.rules, self.implicit = Server.connections, rules, implicit

    def is_secured(self):
        return self.implicit or self._tls_protocol is not None

    async def misbehave(self, rule):
        """Does what the rule says; returns the reply that it wants, or None."""
        if rule is None:
            return None
        await asyncio.sleep(rule.get("delay_ms", 0) / 1000)
        if rule.get("close"):
            if "reply" in rule:
                await self.push(rule["reply"])
                self.transport.close()
            else:
                self.transport.abort()
            # The loss of the connection cancels whoever serves it.
            await asyncio.sleep(3600)
        return rule.get("reply")

    async def _handle_client(self):
        reply = await self.misbehave(self.rules.find("greeting"))
        if reply is None:
            await super()._handle_client()
        else:
            await self.push(reply)
            self.transport.close()

    async def smtp_AUTH(self, arg):
        reply = await self.misbehave(self.rules.find("auth"))
        if reply is None:
            await super().smtp_AUTH(arg)
        else:
            await self.push(reply)

    async def smtp_DATA(self, arg):
        recipient = self.envelope.rcpt_tos[0] if self.envelope.rcpt_tos else None
        reply = await self.misbehave(self.rules.find("data", recipient))
        if reply is not None:
            await self.push(reply)
            return
        rule = self.rules.find("content", recipient)
        if rule is not None:
            await self.push("354 go on")
            await self._reader.readline()
            await self.misbehave(rule)
        await super().smtp_DATA(arg)


async def serve(folder, options):
    rules = Rules(options.get("rules", []))
    handler = Handler(folder, options, rules)
    users = options.get("users")
    mode = options.get("tls", "starttls")
    certificates.make(folder, options.get("certificate", "good"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "server.pem")

    def authenticate(server, session, envelope, mechanism, data):
        known = isinstance(data, LoginPassword) and users is not None
        success = known and users.get(data.login.decode()) == data.password.decode()
        return AuthResult(success=success, handled=False, auth_data=data)

    def connection():
        return Server(
            handler,
            rules,
            implicit=mode == "implicit",
            hostname="localhost",
            ident="tests",
            data_size_limit=options.get("size", 32 << 20),
            tls_context=context if mode == "starttls" else None,
            auth_require_tls=mode == "starttls",
            auth_required=users is not None,
            auth_exclude_mechanism={"PLAIN", "LOGIN"} - set(options.get("mechanisms", ["PLAIN", "LOGIN"])),
            authenticator=authenticate,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        connection, "127.0.0.1", options.get("port", 0), ssl=context if mode == "implicit" else None
    )
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        rules.replace(json.loads(line))
        print(json.dumps({"rules": len(rules.rules)}), flush=True)


def main():
    folder = pathlib.Path(sys.argv[1])
    logging.basicConfig(filename=folder / "dialogue.log", format="%(message)s", level=logging.INFO)
    asyncio.run(serve(folder, json.loads(sys.argv[2])))


main()
