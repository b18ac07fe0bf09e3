"""Reads a mail from standard input as a mail program would, and prints what it found as JSON."""

import base64
import email
import email.policy
import json
import sys

message = email.message_from_binary_file(sys.stdin.buffer, policy=email.policy.default)


def people(name):
    header = message[name]
    return [[person.display_name, person.addr_spec] for person in header.addresses] if header else []


def text(kind):
    part = message.get_body((kind,))
    return part.get_content() if part else None


print(
    json.dumps(
        {
            "subject": message["Subject"],
            "from": people("From"),
            "to": people("To"),
            "cc": people("Cc"),
            "message_id": message["Message-ID"],
            "unsubscribe": message["List-Unsubscribe"],
            "plain": text("plain"),
            "html": text("html"),
            "attachments": [
                [part.get_filename(), part.get_content_type(), base64.b64encode(part.get_payload(decode=True)).decode()]
                for part in message.iter_attachments()
            ],
            "defects": [str(defect) for part in message.walk() for defect in part.defects],
        }
    )
)
